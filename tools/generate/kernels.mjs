// Compiles libs/compute/assembly to WebAssembly, all of it for training and a part for inference, each twice (plain SIMD,
// relaxed SIMD), and writes both, as base64, into a TypeScript module: bundlers, jest and Node then load them alike, with
// no file to find at run time.
// Run in libs/compute: npm run generate
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const project = path.resolve(import.meta.dirname, '../../libs/compute');
const target = path.join(project, 'src/generated');
const DATA_SECTION = 11;
/** Anything at a fixed address would overwrite the heap of the module whose memory ours shares. */
const forbidden = new Set([DATA_SECTION]);

const flags = [
  '--runtime',
  'stub',
  '--use',
  'abort=',
  '--importMemory',
  '--noExportMemory',
  '--initialMemory',
  '1',
  '--memoryBase',
  '0',
  '-O3',
  '--noAssert',
  '--uncheckedBehavior',
  'always',
  '--enable',
  'simd,bulk-memory',
];

/** The ids of a module's sections, in order (WebAssembly core specification, 5.5.2). */
function sections(binary) {
  const ids = [];
  let at = 8;
  while (at < binary.length) {
    ids.push(binary[at++]);
    let size = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) size |= ((byte = binary[at++]) & 0x7f) << shift;
    at += size;
  }
  return ids;
}

async function compile(entry, extra) {
  const files = new Map();
  const { error, stderr } = await asc.main([entry, '--outFile', 'kernels.wasm', ...flags, ...extra], {
    writeFile: (name, contents) => void files.set(name, contents),
    readFile: undefined,
  });
  if (error) throw new Error(`kernels do not compile: ${error.message}\n${stderr.toString()}`);
  const binary = files.get('kernels.wasm');
  const bad = sections(binary).filter((id) => forbidden.has(id));
  if (bad.length > 0) throw new Error('kernels hold static data, which would land in the heap they share');
  return Buffer.from(binary);
}

/** @param name - of the constant, and in lower case of its file */
async function generate(name, entry, purpose) {
  const plain = await compile(entry, []);
  const relaxed = await compile(entry, ['--enable', 'relaxed-simd']);
  writeFileSync(
    path.join(target, `${name.toLowerCase().replace('_', '-')}.generated.ts`),
    `import type { KernelBuilds } from '../wasm/kernel-module.js';

/** WebAssembly kernels ${purpose}, base64: with SIMD, and with relaxed SIMD (fused multiply-add). */
export const ${name}: KernelBuilds = {
  simd: '${plain.toString('base64')}',
  relaxedSimd: '${relaxed.toString('base64')}',
};
`,
  );
  console.log(`${name}: ${plain.length} bytes, relaxed ${relaxed.length} bytes`);
}

process.chdir(path.join(project, 'assembly'));
mkdirSync(target, { recursive: true });
await generate('TRAINING_KERNELS', 'index.ts', 'for training and inference');
await generate('INFERENCE_KERNELS', 'inference.ts', 'for inference');
