import * as tf from '@tensorflow/tfjs-core';
import { createPrng } from '@kernelcast/artifact';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { disposeTensors, normalise, toTensors } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';
import type { ClassImages } from '../episodes/class-images.js';
import { metaFeatures } from '../network/meta-network.js';
import type { LayerStatistics } from '../network/meta-network.js';

const BATCHES = 16;
const BATCH_IMAGES = 64;

/**
 * Moving statistics of a base that was trained by the statistics of batches: means over batches of images of all
 * classes. A base network is not whole without them; tasks bring their own.
 *
 * @param weights - all trainable parameters
 */
export function baseStatistics(
  graph: NetworkGraph,
  weights: WeightMap,
  classes: readonly ClassImages[],
  seed: number,
): Map<string, FloatTensor> {
  const result = new Map<string, FloatTensor>();
  const parameters = toTensors(weights);
  const prng = createPrng(seed);
  try {
    for (let batch = 0; batch < BATCHES; batch++) {
      const images = mixedBatch(graph, classes, () => prng.nextUint32());
      tf.tidy(() => {
        const { statistics } = metaFeatures(graph, parameters, normalise(images, BATCH_IMAGES, graph.input));
        for (const one of statistics) addShare(result, one);
      });
    }
  } finally {
    disposeTensors(parameters);
  }
  return result;
}

/** Random images of random classes. */
function mixedBatch({ input }: NetworkGraph, classes: readonly ClassImages[], next: () => number): Uint8Array {
  const size = input.height * input.width * input.channels;
  const images = new Uint8Array(BATCH_IMAGES * size);
  for (let n = 0; n < BATCH_IMAGES; n++) {
    const chosen = classes[next() % classes.length];
    const at = (next() % (chosen?.count ?? 1)) * size;
    if (chosen) images.set(chosen.images.subarray(at, at + size), n * size);
  }
  return images;
}

function addShare(result: Map<string, FloatTensor>, { layer, mean, variance, count }: LayerStatistics): void {
  const unbiased = count > 1 ? count / (count - 1) : 1;
  const add = (name: string, values: Float32Array, factor: number) => {
    const sum = result.get(name) ?? { shape: [values.length], data: new Float32Array(values.length) };
    values.forEach((value, c) => (sum.data[c] = (sum.data[c] ?? NaN) + (factor * value) / BATCHES));
    result.set(name, sum);
  };
  add(`${layer}/mean`, mean.dataSync<'float32'>(), 1);
  add(`${layer}/variance`, variance.dataSync<'float32'>(), unbiased);
}
