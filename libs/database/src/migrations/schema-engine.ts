import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { MigrationAdapter } from './migration-adapter.js';
import { schemaPath } from './migration-files.js';

export type SchemaEngine = glue.SchemaEngine;

/** Tables outside the Prisma schema that the engine should leave alone: none in the `public` schema. */
export const NO_FILTERS: glue.SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * The glue's functions, with timers that do not keep the process alive: the engine arms one of ten seconds for its
 * advisory lock and never takes it back. While it waits for something else, a socket keeps the process up.
 */
const glueImports = (): WebAssembly.ModuleImports => {
  const imports: Record<string, unknown> = { ...glue };
  const name = Object.keys(imports).find((key) => key.startsWith('__wbg_setTimeout_'));
  if (name) imports[name] = (callback: () => void, delayMs: number) => setTimeout(callback, delayMs).unref();
  return imports as WebAssembly.ModuleImports;
};

let loaded: Promise<void> | undefined;

/** Compiles the engine once per process; Node has no `import` of WebAssembly modules, so the glue is wired by hand. */
const load = async (): Promise<void> => {
  const require = createRequire(import.meta.url);
  const wasmPath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const imports = { './schema_engine_bg.js': glueImports() };
  const { instance } = await WebAssembly.instantiate(new Uint8Array(await readFile(wasmPath)), imports);
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
};

/** Runs `work` with Prisma's schema engine against a database, and leaves no connection behind. */
export const withSchemaEngine = async <T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> => {
  loaded ??= load();
  await loaded;
  const datamodel = await readFile(schemaPath, 'utf8');
  const adapter = new MigrationAdapter(url);
  const ignoreLog = (): void => undefined;
  let engine: SchemaEngine | undefined;
  try {
    const factory = bindMigrationAwareSqlAdapterFactory(adapter);
    engine = await glue.SchemaEngine.new({ datamodels: [[schemaPath, datamodel]] }, ignoreLog, factory);
    return await work(engine);
  } finally {
    engine?.free();
    await adapter.close();
  }
};
