import { createPrng, elementCount, encodeWeights } from '@kernelcast/artifact';
import type { FloatTensor, Prng } from '@kernelcast/artifact';
import { loadBaseNetwork, parameterSpecs } from '@kernelcast/nets';
import type { BaseNetwork, NetworkGraph } from '@kernelcast/nets';

/** Two convolutions with BatchNorm on images of 6x6: a few hundred weights. */
const TINY_GRAPH: NetworkGraph = {
  format: 'kernelcast.graph/1',
  name: 'tiny',
  input: { height: 6, width: 6, channels: 3, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
  nodes: [conv('conv1', 'input', 3, 4), norm('bn1', 'conv1', 4), conv('conv2', 'bn1', 4, 5), norm('bn2', 'conv2', 5), { id: 'pool', op: 'globalAveragePool', input: 'bn2' }], // prettier-ignore
  featureSize: 5,
};

function conv(id: string, input: string, inChannels: number, filters: number): NetworkGraph['nodes'][number] {
  const size = { kernelSize: [3, 3], strides: [1, 1], groups: 1, useBias: false } as const;
  return { id, op: 'conv2d', input, inChannels, filters, ...size, padding: [[1, 1], [1, 1]] }; // prettier-ignore
}

function norm(id: string, input: string, channels: number): NetworkGraph['nodes'][number] {
  return { id, op: 'batchNorm', input, channels, epsilon: 1e-3, activation: 'relu' };
}

/** A base network with drawn weights. */
export function tinyBase(seed: number): Promise<BaseNetwork> {
  const prng = createPrng(seed);
  const weights = new Map(
    parameterSpecs(TINY_GRAPH).map(({ name, kind, shape }) => [
      name,
      draw(prng, shape, (value) => (kind === 'variance' || kind === 'gamma' ? 1 + 0.1 * Math.abs(value) : 0.4 * value)),
    ]),
  );
  return loadBaseNetwork(new TextEncoder().encode(JSON.stringify(TINY_GRAPH)), encodeWeights(weights, 'f32'));
}

export function draw(prng: Prng, shape: readonly number[], map: (normal: number) => number): FloatTensor {
  return { shape: [...shape], data: Float32Array.from({ length: elementCount(shape) }, () => map(prng.nextNormal())) };
}
