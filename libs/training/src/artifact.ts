import { encodeModulator, GOLDEN_LOGITS, roundToEncoding } from '@kernelcast/artifact';
import type { ModulatorEncoding } from '@kernelcast/artifact';
import { compactPlan, goldenLogits } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';
import { deriveSeed, STREAM } from './data/seeds.js';
import type { TrainingResult } from './training.types.js';

export interface ArtifactOptions {
  readonly base: BaseNetwork;
  readonly result: Pick<TrainingResult, 'artifactTensors' | 'labels' | 'plan'>;
  /** Name of the task. */
  readonly task: string;
  readonly encoding: ModulatorEncoding;
  /** The run's seed; the golden inputs' seed is derived from it. */
  readonly seed: number;
  /** Version and backend of the trainer, for people. */
  readonly trainedBy: string;
}

/**
 * The bytes of a finished run's modulator. Its golden logits are computed here, from the tensors as the encoding
 * rounds them. The backend must have been set before.
 *
 * @throws {ArtifactError} for what the format cannot hold, such as a label of 300 characters.
 */
export function encodeTrainedModulator(options: ArtifactOptions): Uint8Array {
  const { base, result, task, encoding, seed, trainedBy } = options;
  const goldenSeed = deriveSeed(seed, STREAM.golden, 0);
  const tensors = new Map(result.artifactTensors);
  tensors.set(GOLDEN_LOGITS, goldenLogits(base, roundToEncoding(tensors, encoding), goldenSeed));
  return encodeModulator({
    formatVersion: 1,
    baseDigest: base.digest,
    task,
    labels: [...result.labels],
    method: result.plan.method,
    plan: compactPlan(result.plan),
    encoding,
    goldenSeed,
    trainedBy,
    seed,
    tensors,
  });
}
