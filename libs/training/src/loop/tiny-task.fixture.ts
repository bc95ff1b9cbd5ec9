import { createPrng } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { parameterSpecs } from '@kernelcast/nets';
import type { BaseNetwork, Conv2dNode, NetworkGraph, ParameterSpec } from '@kernelcast/nets';
import type { ImageSet, LoadedDataset } from '@kernelcast/nets/node';

const SIDE = 8;
const LABELS = ['columns', 'plain', 'rows'];

const conv = (id: string, input: string, inChannels: number, filters: number): Conv2dNode => ({
  id,
  op: 'conv2d',
  input,
  inChannels,
  filters,
  kernelSize: [3, 3],
  strides: [1, 1],
  padding: [
    [1, 1],
    [1, 1],
  ],
  groups: 1,
  useBias: false,
});

const GRAPH: NetworkGraph = {
  format: 'kernelcast.graph/1',
  name: 'tiny',
  input: { height: SIDE, width: SIDE, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  nodes: [
    conv('first', 'input', 3, 6),
    { id: 'first.bn', op: 'batchNorm', input: 'first', channels: 6, epsilon: 1e-3, activation: 'relu' },
    conv('second', 'first.bn', 6, 8),
    { id: 'second.bn', op: 'batchNorm', input: 'second', channels: 8, epsilon: 1e-3, activation: 'relu' },
    { id: 'pool', op: 'globalAveragePool', input: 'second.bn' },
  ],
  featureSize: 8,
};

/** An untrained base of 634 parameters: random features are enough for the tiny task. */
export function tinyBase(gain = 0.4): BaseNetwork {
  const prng = createPrng(1);
  const draw = ({ kind, shape }: ParameterSpec): FloatTensor => {
    const length = shape.reduce((product, size) => product * size, 1);
    const constant = kind === 'gamma' || kind === 'variance' ? 1 : 0;
    const next = () => (kind === 'conv2d' ? gain * prng.nextNormal() : constant);
    return { shape: [...shape], data: Float32Array.from({ length }, next) };
  };
  const weights = new Map(parameterSpecs(GRAPH).map((spec) => [spec.name, draw(spec)]));
  return { graph: GRAPH, weights, digest: `sha256:${'1'.repeat(64)}` };
}

/** Noisy stripes along the rows, along the columns, or none: `count` images of each class for training. */
export function tinyDataset(count = 20): LoadedDataset {
  return { labels: LABELS, train: stripes(count, 1), test: stripes(10, 2) };
}

function stripes(perClass: number, seed: number): ImageSet {
  const prng = createPrng(seed);
  const count = perClass * LABELS.length;
  const labels = Uint16Array.from({ length: count }, (_, i) => i % LABELS.length);
  const images = Uint8Array.from({ length: count * SIDE * SIDE * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const along = [pixel % SIDE, 0, Math.floor(pixel / SIDE) % SIDE][labels[Math.floor(pixel / SIDE / SIDE)] ?? 0] ?? 0;
    return 100 + 60 * (along % 2) + 40 * prng.nextFloat();
  });
  return { images, labels, count };
}
