import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { encodeWeights, type FloatTensor } from '@kernelcast/artifact';
import yazl from 'yazl';
import { buffer } from 'node:stream/consumers';
import { graphSchema, tensorShapes } from '../base-networks/graph.js';

/** The smallest network that has every kind of parameter: 1·1·3·4 + 4 + 4 + 4 + 4·2 + 2 trainable numbers. */
export const tinyGraph = () => ({
  format: 'kernelcast.graph/1',
  name: 'tiny',
  input: { height: 8, width: 8, channels: 3, mean: [0, 0, 0], std: [1, 1, 1] },
  nodes: [
    {
      id: 'conv',
      op: 'conv2d',
      input: 'input',
      kernelSize: [1, 1],
      inChannels: 3,
      filters: 4,
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      groups: 1,
      useBias: true,
    },
    { id: 'bn', op: 'batchNorm', input: 'conv', channels: 4, epsilon: 1e-5, activation: 'relu' },
    { id: 'pool', op: 'globalAveragePool', input: 'bn' },
    { id: 'fc', op: 'dense', input: 'pool', inFeatures: 4, units: 2, useBias: true },
  ],
  featureSize: 2,
});
export const TINY_PARAMETERS = 12 + 4 + 8 + 8 + 2;

/** Weights that fit a graph; every number is `fill`. */
export const weightsFor = (graph: object, fill = 0.5): Uint8Array => {
  const weights = new Map<string, FloatTensor>();
  for (const [name, shape] of tensorShapes(graphSchema.parse(graph))) {
    const count = shape.reduce((product, length) => product * length, 1);
    weights.set(name, { shape: [...shape], data: new Float32Array(count).fill(fill) });
  }
  return encodeWeights(weights, 'f32');
};

export const multipart = (name: string, graph: Uint8Array | string, weights: Uint8Array): FormData => {
  const form = new FormData();
  form.set('name', name);
  form.set('graph', new Blob([typeof graph === 'string' ? graph : new Uint8Array(graph)]), 'graph.json');
  form.set('weights', new Blob([new Uint8Array(weights)]), 'weights.safetensors');
  return form;
};

const PNG_SIDE = 8;

const pngChunk = (type: string, data: Buffer): Buffer => {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([frame.subarray(0, 4), content, frame.subarray(4)]);
};

/** A grey PNG of 8 x 8 pixels of noise that depends on the seed. */
export const png = (seed: number): Buffer => {
  const header = Buffer.from([0, 0, 0, PNG_SIDE, 0, 0, 0, PNG_SIDE, 8, 0, 0, 0, 0]);
  const noise = createHash('shake256', { outputLength: PNG_SIDE * PNG_SIDE })
    .update(`image ${seed}`)
    .digest();
  const rows = Array.from({ length: PNG_SIDE }, (_, row) =>
    Buffer.concat([Buffer.from([0]), noise.subarray(row * PNG_SIDE, (row + 1) * PNG_SIDE)]),
  );
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.concat(rows));
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', data),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
};

export const zipOf = async (files: Readonly<Record<string, Buffer>>): Promise<Buffer<ArrayBuffer>> => {
  const zip = new yazl.ZipFile();
  for (const [name, content] of Object.entries(files)) zip.addBuffer(content, name, { mtime: new Date(0) });
  zip.end();
  return Buffer.from(await buffer(zip.outputStream));
};

/** `perClass` images of each class, under `train/` and one more under `test/`. */
export const imagesOf = (labels: readonly string[], perClass = 3): Record<string, Buffer> => {
  const files: Record<string, Buffer> = {};
  labels.forEach((label, l) => {
    for (let i = 0; i < perClass; i++) files[`train/${label}/${i}.png`] = png(100 * l + i);
    files[`test/${label}/0.png`] = png(100 * l + 99);
  });
  return files;
};
