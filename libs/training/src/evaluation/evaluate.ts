import type { WeightMap } from '@kernelcast/artifact';
import { fold, headOf } from '@kernelcast/km';
import { createRunner, foldBatchNorm } from '@kernelcast/nets';
import type { BaseNetwork } from '@kernelcast/nets';
import { openImages } from '@kernelcast/nets/node';
import type { Images } from '@kernelcast/nets/node';
import type { Evaluation } from './evaluation.types.js';
import { Tally } from './tally.js';

/** Images per pass; the event loop runs between passes. */
const EVALUATION_BATCH = 128;

export interface EvaluationOptions {
  readonly base: BaseNetwork;
  /** An artifact's tensors, best as its encoding rounds them. */
  readonly tensors: WeightMap;
  readonly labels: readonly string[];
  readonly images: Images;
  /** Whether the result is to hold the prediction for every image, with its probability. */
  readonly predictions?: boolean;
  /** Called between passes; may throw to stop. */
  readonly pause?: () => Promise<void>;
}

/**
 * Measures a modulator as a device will run it: folded into the base. The backend must have been set before.
 * @throws {ModulatorMismatchError} when the tensors do not fit the base.
 * @throws {DatasetError | ImageError} when an image in an archive cannot be read
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { base, tensors, labels, images, pause } = options;
  const { height, width, channels } = base.graph.input;
  const size = height * width * channels;
  const network = foldBatchNorm({ graph: base.graph, weights: fold(base, tensors) });
  const head = headOf(base.graph, tensors);
  const reader = await openImages(images);
  const runner = createRunner(network, head);
  const tally = new Tally(labels);
  try {
    for (let start = 0; start < images.count; start += EVALUATION_BATCH) {
      const count = Math.min(EVALUATION_BATCH, images.count - start);
      const pixels = new Uint8Array(count * size);
      await reader.read(
        Uint32Array.from({ length: count }, (_, n) => start + n),
        pixels,
      );
      tally.add(runner.predict(pixels), images.labels.subarray(start, start + count));
      await pause?.();
    }
  } finally {
    runner.dispose();
    await reader.close();
  }
  if (options.predictions !== true) return tally.result();
  return { ...tally.result(), predictions: tally.predictions(), confidences: tally.confidences() };
}
