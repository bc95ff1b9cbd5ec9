import type { BaseNetwork } from '@kernelcast/nets';
import type { Dataset } from '@kernelcast/nets/node';
import { train, TrainingDivergedError, UnusableDatasetError } from '@kernelcast/training';
import type { JobContext } from './job-context.js';
import type { TaskSpec } from './messages.js';

interface ProbeOptions {
  readonly base: BaseNetwork;
  readonly dataset: Dataset;
  readonly threads: number | undefined;
}

/**
 * Accuracy of a linear probe, method `head` by its own defaults, on the same images: what the modulator is worth is seen
 * beside it. Its features are computed once, so it takes seconds; it has the job's seed and repeats as the job does. It
 * keeps no checkpoints: a job that is interrupted meanwhile goes on from its own last one, and measures again.
 *
 * @returns undefined, with a note, where no probe can be trained on the images
 * @throws the signal's reason
 */
export async function measureProbe(
  { budget, seed, encoding }: TaskSpec,
  { base, dataset, threads }: ProbeOptions,
  { send, signal, spareThreads }: JobContext,
): Promise<{ readonly top1: number } | undefined> {
  try {
    const { metrics } = await train({ base, dataset, method: 'head', budget, seed, encoding, threads, spareThreads, signal }); // prettier-ignore
    return { top1: metrics.top1 };
  } catch (error) {
    if (!(error instanceof UnusableDatasetError) && !(error instanceof TrainingDivergedError)) throw error;
    await send({ type: 'note', message: `A linear probe cannot be trained to compare with: ${error.message}` });
    return undefined;
  }
}
