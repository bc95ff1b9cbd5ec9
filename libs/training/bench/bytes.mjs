// Bytes that a device downloads: for a new task, against the whole network in single precision (target: 1.0 %), and for
// an update that is a continued training, against the whole new modulator under zstd (target: 0.6). Everything that
// passes the socket counts: response heads, the signed manifest, the blob.
//   node libs/training/bench/bytes.mjs [--short] [--json=FILE]
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { constants, zstdCompressSync } from 'node:zlib';
import {
  applyDelta,
  decodeModulator,
  DELTA_ENCODING,
  digestOf,
  encodeDelta,
  encodeWeights,
  labelsDigest,
} from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { generateSigningKey, importSigner, signManifest, signStatement } from '@kernelcast/trust';
import { encodeTrainedModulator, train } from '../dist/index.js';
import { loadTask } from './accuracy/tasks.mjs';

const { values } = parseArgs({ options: { short: { type: 'boolean' }, json: { type: 'string' } } });
const TASK = 'digits';
const BUDGET = { paramsRatio: 0.014 };
/** A continued training goes on at a share of the rates of a first one. */
const RATES = { first: { learningRate: 0.05, headLearningRate: 0.03 }, share: 0.1 };
const STEPS = values.short ? { first: 30, more: 10 } : { first: 220, more: 60 };
const TARGET = { newTask: 0.01, update: 0.6 };
const PERCENT = 100;

const zstd = (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
const signer = async () => importSigner(await generateSigningKey());

/** What a device with an answer of the delivery service's kind receives, counted at the socket. */
async function wireBytes(body, headers) {
  const server = http.createServer((request, response) => response.writeHead(200, headers).end(body)).listen(0);
  await once(server, 'listening');
  const closed = new Promise((resolve) => server.on('connection', (socket) => socket.on('close', () => resolve(socket.bytesWritten)))); // prettier-ignore
  await (await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { connection: 'close' } })).arrayBuffer();
  server.close();
  return closed;
}

const blobBytes = async (bytes) =>
  wireBytes(bytes, {
    'content-type': 'application/octet-stream',
    'content-length': bytes.byteLength,
    etag: `"${await digestOf(bytes)}"`,
    'cache-control': 'public, max-age=31536000, immutable',
    'accept-ranges': 'bytes',
  });

async function manifestBytes({ base, bytes, labels, deltas, keys }) {
  const [digest, stated] = [await digestOf(bytes), { baseDigest: base.digest, task: TASK, version: 1 }];
  const statement = await signStatement({ ...stated, modulatorDigest: digest }, keys.release);
  const slot = { slot: TASK, task: TASK, modulatorVersion: 1, digest, size: bytes.byteLength, encoding: 'f16', labelsDigest: await labelsDigest(labels), statement, deltas }; // prettier-ignore
  const times = { issuedAt: '2026-01-01T00:00:00.000Z', expiresAt: '2026-01-08T00:00:00.000Z' };
  const ids = { group: `grp_${'0'.repeat(26)}`, cohort: `coh_${'0'.repeat(32)}`, version: 1000 };
  const manifest = { type: 'kernelcast.manifest/1', ...ids, ...times, base: { digest: base.digest }, slots: [slot] };
  const body = JSON.stringify(await signManifest(manifest, keys.manifest));
  return wireBytes(body, { 'content-type': 'application/json', etag: `"${digest}"`, 'kernelcast-poll-after': '60' });
}

async function trained({ base, dataset, seed, steps, share, startFrom }) {
  const rates = { learningRate: share * RATES.first.learningRate, headLearningRate: share * RATES.first.headLearningRate }; // prettier-ignore
  const options = { base, dataset, method: 'km', budget: BUDGET, hyperparameters: { steps, ...rates }, seed };
  const result = await train({ ...options, encoding: 'f16', ...(startFrom && { startFrom }) });
  const files = ['f16', 'i8'].map((encoding) => {
    const bytes = encodeTrainedModulator({ base, result, task: TASK, encoding, seed, trainedBy: 'bench' });
    return [encoding, bytes];
  });
  return { files: Object.fromEntries(files), top1: PERCENT * result.metrics.top1 };
}

async function update(encoding, before, after, context) {
  const ends = { from: await digestOf(before), to: await digestOf(after) };
  const delta = encodeDelta(before, after, ends);
  if (Buffer.compare(applyDelta(before, delta, ends), after) !== 0) throw new Error('the delta does not apply');
  const offer = [{ from: ends.from, digest: await digestOf(delta), size: delta.byteLength, encoding: DELTA_ENCODING }];
  const manifest = await manifestBytes({ ...context, bytes: after, deltas: offer });
  const fullZstd = zstd(after).byteLength;
  const xor = Uint8Array.from(after, (byte, i) => byte ^ (before[i] ?? 0));
  return {
    encoding,
    full: after.byteLength,
    fullZstd,
    delta: delta.byteLength,
    xorZstd: zstd(xor).byteLength,
    wire: { manifest, delta: await blobBytes(delta), full: await blobBytes(after) },
    ratio: delta.byteLength / fullZstd,
    target: TARGET.update,
  };
}

async function measure() {
  await initBackend({});
  const { base } = await loadBuiltinBaseNetwork('resnet14-cifar10');
  const sizes = values.short ? { images: 100, testImages: 100 } : {};
  const dataset = await loadTask({ task: TASK, seed: 1, ...sizes }, base.graph.input);
  const first = await trained({ base, dataset, seed: 1, steps: STEPS.first, share: 1 });
  const startFrom = decodeModulator(first.files.f16).tensors;
  const next = await trained({ base, dataset, seed: 2, steps: STEPS.more, share: RATES.share, startFrom });
  const context = { base, labels: dataset.labels, keys: { release: await signer(), manifest: await signer() } };
  const head = ['head/kernel', 'head/bias'].map((name) => [name, startFrom.get(name)]);
  const network = encodeWeights(new Map([...base.weights, ...head]), 'f32').byteLength;
  const newTasks = [];
  for (const [encoding, bytes] of Object.entries(first.files)) {
    const wire = { manifest: await manifestBytes({ ...context, bytes, deltas: [] }), blob: await blobBytes(bytes) };
    const ratio = (wire.manifest + wire.blob) / network;
    newTasks.push({ encoding, file: bytes.byteLength, wire, network, ratio, target: TARGET.newTask });
  }
  const updates = [];
  for (const encoding of ['f16', 'i8']) updates.push(await update(encoding, first.files[encoding], next.files[encoding], context)); // prettier-ignore
  return {
    short: values.short ?? false,
    steps: STEPS,
    top1: { first: first.top1, next: next.top1 },
    newTasks,
    updates,
  };
}

const figures = await measure();
const out = (line) => process.stdout.write(`${line}\n`);
out(`top-1 ${figures.top1.first.toFixed(1)} %, after ${STEPS.more} more steps ${figures.top1.next.toFixed(1)} %`);
out('\nP8 new task, bytes on the wire            file  manifest      blob   f32 network   share  target');
for (const { encoding, file, wire, network, ratio } of figures.newTasks) {
  out(`   ${encoding.padEnd(32)} ${String(file).padStart(11)} ${String(wire.manifest).padStart(9)} ${String(wire.blob).padStart(9)} ${String(network).padStart(13)} ${(PERCENT * ratio).toFixed(2).padStart(6)}%   1.00%`); // prettier-ignore
}
out('\nP9 continued training, bytes   full  full zstd  XOR zstd    delta  manifest  delta on the wire  ratio  target');
for (const { encoding, full, fullZstd, xorZstd, delta, wire, ratio } of figures.updates) {
  out(`   ${encoding.padEnd(22)} ${String(full).padStart(9)} ${String(fullZstd).padStart(10)} ${String(xorZstd).padStart(9)} ${String(delta).padStart(8)} ${String(wire.manifest).padStart(9)} ${String(wire.delta).padStart(18)} ${ratio.toFixed(3).padStart(6)}   0.600`); // prettier-ignore
}
if (values.json) writeFileSync(values.json, JSON.stringify(figures, undefined, 2));
