// Bundles the device SDK for browsers as its users do, without tfjs, and fails beyond its budget. All chunks count, also
// those that a page loads later. Needs `npm run build`; prints what the bundle is made of.
// Run: npm run check:device-bundle
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

/** What a page, or a small device, downloads before its first task; gzipped, level 9. */
const BUDGET_BYTES = 60_000;
const LISTED = 12;
const root = path.resolve(import.meta.dirname, '../..');

const { output } = await build({
  root,
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    minify: true,
    modulePreload: false,
    rolldownOptions: {
      // Not as a library, whose white space stays for the bundler of whoever uses it.
      input: path.join(root, 'libs/device-sdk/dist/index.js'),
      preserveEntrySignatures: 'strict',
      external: [/^@tensorflow\//, /^onnxruntime-/],
    },
  },
}).then((result) => (Array.isArray(result) ? result[0] : result));

const chunks = output.filter(({ type }) => type === 'chunk');
const bytes = chunks.reduce((total, { code }) => total + gzipSync(code, { level: 9 }).byteLength, 0);
const parts = new Map();
for (const [id, { renderedLength }] of chunks.flatMap(({ modules }) => Object.entries(modules))) {
  const name = /.*\/(?:node_modules\/((?:@[^/]+\/)?[^/]+)|(libs\/[^/]+))/.exec(id);
  const part = name?.[1] ?? name?.[2] ?? 'bundler';
  parts.set(part, (parts.get(part) ?? 0) + renderedLength);
}
const largest = [...parts].sort(([, a], [, b]) => b - a).slice(0, LISTED);
for (const [part, length] of largest) console.log(`${String(length).padStart(8)}  ${part} (before minification)`);
console.log(`device SDK for browsers: ${bytes} bytes gzipped in ${chunks.length} chunks, of ${BUDGET_BYTES} allowed`);
if (bytes > BUDGET_BYTES) process.exitCode = 1;
