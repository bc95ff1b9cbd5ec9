import { createPrng } from '@kernelcast/artifact';
import type { Conv2dNode, NetworkGraph } from '@kernelcast/nets';
import type { ClassImages } from './episodes/class-images.js';
import type { MetaTrainingOptions } from './meta.types.js';

const SIDE = 12;
const STROKES = 2;
const RGB = 3;

const conv = (id: string, input: string, inChannels: number): Conv2dNode => ({
  id,
  op: 'conv2d',
  input,
  inChannels,
  filters: 8,
  kernelSize: [3, 3],
  strides: [2, 2],
  padding: [
    [1, 1],
    [1, 1],
  ],
  groups: 1,
  useBias: false,
});

/** Two blocks of convolution and BatchNorm, flattened: 824 parameters. */
export const TINY_GRAPH: NetworkGraph = {
  format: 'kernelcast.graph/1',
  name: 'tiny few-shot network',
  input: { height: SIDE, width: SIDE, channels: RGB, mean: [0.1, 0.1, 0.1], std: [0.3, 0.3, 0.3] },
  nodes: [
    conv('first', 'input', RGB),
    { id: 'first.bn', op: 'batchNorm', input: 'first', channels: 8, epsilon: 1e-3, activation: 'relu' },
    conv('second', 'first.bn', 8),
    { id: 'second.bn', op: 'batchNorm', input: 'second', channels: 8, epsilon: 1e-3, activation: 'relu' },
    { id: 'flat', op: 'flatten', input: 'second.bn' },
  ],
  featureSize: 72,
};

/** Signs of two straight strokes, drawn again and again by a trembling hand. */
export function drawnClasses(classes: number, drawings: number, seed: number): ClassImages[] {
  const prng = createPrng(seed);
  return Array.from({ length: classes }, (_, index) => {
    const sign = Array.from({ length: 4 * STROKES }, () => 0.1 + 0.8 * prng.nextFloat());
    const images = new Uint8Array(drawings * SIDE * SIDE * RGB);
    for (let n = 0; n < drawings; n++) {
      const trembling = sign.map((at) => at + 0.05 * prng.nextNormal());
      drawSign(trembling, images.subarray(n * SIDE * SIDE * RGB, (n + 1) * SIDE * SIDE * RGB));
    }
    return { name: `sign ${index}`, group: `script ${index % 4}`, images, count: drawings };
  });
}

function drawSign(sign: readonly number[], image: Uint8Array): void {
  for (let stroke = 0; stroke < STROKES; stroke++) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = sign.slice(4 * stroke, 4 * stroke + 4);
    for (let step = 0; step <= 2 * SIDE; step++) {
      const share = step / (2 * SIDE);
      const [x, y] = [x0 + share * (x1 - x0), y0 + share * (y1 - y0)].map((at) => Math.round(at * (SIDE - 1)));
      if (x === undefined || y === undefined || x < 0 || y < 0 || x >= SIDE || y >= SIDE) continue;
      image.fill(255, (y * SIDE + x) * RGB, (y * SIDE + x + 1) * RGB);
    }
  }
}

/** A short run on twenty drawn signs. */
export function tinyOptions(changes: Partial<MetaTrainingOptions> = {}): MetaTrainingOptions {
  return {
    graph: TINY_GRAPH,
    classes: drawnClasses(20, 10, 1),
    variant: 'km',
    algorithm: 'fomaml',
    budget: { paramsRatio: 0.1 },
    seed: 5,
    ...changes,
    hyperparameters: { iterations: 12, tasksPerIteration: 2, ways: 3, shots: [1, 2], queries: 3, headSteps: 2, innerSteps: 2, calibrationEpisodes: 4, ...changes.hyperparameters }, // prettier-ignore
  };
}
