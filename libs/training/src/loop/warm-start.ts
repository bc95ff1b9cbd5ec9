import * as tf from '@tensorflow/tfjs-core';
import type { WeightMap } from '@kernelcast/artifact';
import { createAdaptation } from '@kernelcast/km';
import type { BatchObservation, LayerStatistics } from '@kernelcast/km';
import { normalise } from '@kernelcast/nets';
import { openImages } from '@kernelcast/nets/node';
import type { StepRunnerOptions } from './step-runner.types.js';

/** Training images that the task's statistics are taken of, spread evenly over the dataset. */
const SAMPLE = 512;
const BATCH = 64;

/**
 * The state from which training goes on where an artifact left off. Statistics were folded into it and are looked up
 * anew on training images, as the folded network sees them; what the network computes does not change by that.
 *
 * @param tensors - an artifact's, of the same plan
 * @returns parameters and statistics by name, without an optimiser's
 * @throws {ModulatorMismatchError} when the artifact is of another plan.
 */
export async function warmState(
  { base, train, seed, pause, ...adapted }: StepRunnerOptions,
  tensors: WeightMap,
): Promise<WeightMap> {
  const adaptation = createAdaptation(base, { ...adapted, seed });
  const reader = await openImages(train);
  try {
    adaptation.adopt(tensors);
    const observed: (readonly BatchObservation[])[] = [];
    for (const indices of sampleBatches(train.count)) {
      const { input } = base.graph;
      const pixels = new Uint8Array(indices.length * input.height * input.width * input.channels);
      await reader.read(indices, pixels);
      tf.tidy(() => {
        const x = normalise(pixels, indices.length, input);
        adaptation.features(x, 'eval', (statistics) => observed.push(statistics));
      });
      await pause();
    }
    adaptation.rebase(joined(observed));
    return adaptation.state();
  } finally {
    adaptation.dispose();
    await reader.close();
  }
}

/** Indices of the sample, in batches. */
function sampleBatches(count: number): Uint32Array[] {
  const size = Math.min(SAMPLE, count);
  const sample = Uint32Array.from({ length: size }, (_, n) => Math.floor((n * count) / size));
  return Array.from({ length: Math.ceil(size / BATCH) }, (_, n) => sample.subarray(n * BATCH, (n + 1) * BATCH));
}

/** Mean and variance over all batches: the mean of variances plus the variance of means. */
function joined(batches: readonly (readonly BatchObservation[])[]): LayerStatistics[] {
  const [first = []] = batches;
  return first.map(({ layer }, index) => {
    const parts = batches.flatMap((batch) => batch[index] ?? []);
    const total = parts.reduce((sum, { count }) => sum + count, 0);
    const channels = parts[0]?.mean.length ?? 0;
    const mean = new Float32Array(channels);
    const variance = new Float32Array(channels);
    for (let c = 0; c < channels; c++) {
      const weighted = (valueOf: (part: BatchObservation) => number) =>
        parts.reduce((sum, part) => sum + (part.count / total) * valueOf(part), 0);
      const centre = weighted((part) => part.mean[c] ?? NaN);
      mean[c] = centre;
      variance[c] = weighted((part) => (part.variance[c] ?? NaN) + ((part.mean[c] ?? NaN) - centre) ** 2);
    }
    return { layer, mean, variance };
  });
}
