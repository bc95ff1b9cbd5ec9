import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import { MigrationAdapter } from './migration-adapter.js';
import { schemaPath } from './migration-files.js';

export type SchemaEngine = glue.SchemaEngine;

/** Tables outside the Prisma schema that the engine should leave alone: none in the `public` schema. */
export const NO_FILTERS: glue.SchemaFilter = { externalTables: [], externalEnums: [] };

let loaded: Promise<void> | undefined;

/** Compiles the engine once per process; Node has no `import` of WebAssembly modules, so the glue is wired by hand. */
const load = async (): Promise<void> => {
  const require = createRequire(import.meta.url);
  const wasmPath = require.resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  const imports = { './schema_engine_bg.js': glue as unknown as WebAssembly.ModuleImports };
  const { instance } = await WebAssembly.instantiate(new Uint8Array(await readFile(wasmPath)), imports);
  glue.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
};

/** Starts Prisma's schema engine against a database. The caller frees it. */
export const openSchemaEngine = async (url: string): Promise<SchemaEngine> => {
  loaded ??= load();
  await loaded;
  const datamodel = await readFile(schemaPath, 'utf8');
  const adapter = bindMigrationAwareSqlAdapterFactory(new MigrationAdapter(url));
  const ignoreLog = (): void => undefined;
  return glue.SchemaEngine.new({ datamodels: [[schemaPath, datamodel]] }, ignoreLog, adapter);
};
