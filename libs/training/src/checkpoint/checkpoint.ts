import { canonicalJson, decodeWeights, encodeWeights } from '@kernelcast/artifact';
import type { WeightMap } from '@kernelcast/artifact';
import { z } from 'zod';
import { CheckpointError } from '../training.errors.js';

const FORMAT = 'kernelcast.checkpoint';
const FORMAT_VERSION = '2';

/** Progress of a run beside its tensors; some kinds of run have more to remember. */
export const checkpointProgressSchema = z.object({
  /** Steps done. */
  step: z.int().nonnegative(),
  /** Exponentially smoothed loss, as reported. */
  smoothedLoss: z.number(),
  /** Time spent so far, over all attempts. */
  seconds: z.number().nonnegative(),
});
export type CheckpointProgress = Readonly<z.infer<typeof checkpointProgressSchema>>;

export interface Checkpoint<Progress extends CheckpointProgress = CheckpointProgress> {
  readonly progress: Progress;
  /** Parameters, moving statistics and what the optimiser remembers. */
  readonly tensors: WeightMap;
}

/**
 * A run between two steps, as safetensors in single precision. No generator state is needed: what is random is
 * derived from the seed and the step.
 *
 * @param identity - whatever makes this run different from others, as JSON
 */
export function encodeCheckpoint({ progress, tensors }: Checkpoint, identity: unknown): Uint8Array {
  return encodeWeights(tensors, 'f32', {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    identity: canonicalJson(identity),
    progress: JSON.stringify(progress),
  });
}

export function decodeCheckpoint(bytes: Uint8Array, identity: unknown): Checkpoint;
export function decodeCheckpoint<Progress extends CheckpointProgress>(
  bytes: Uint8Array,
  identity: unknown,
  schema: z.ZodType<Progress>,
): Checkpoint<Progress>;
/**
 * @param schema - of the progress
 * @throws {CheckpointError} for damaged bytes, and for a checkpoint of a run with another identity.
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  identity: unknown,
  schema: z.ZodType<CheckpointProgress> = checkpointProgressSchema,
): Checkpoint {
  const { metadata, weights } = read(bytes);
  if (metadata['format'] !== FORMAT || metadata['formatVersion'] !== FORMAT_VERSION) {
    throw new CheckpointError(`not ${FORMAT} version ${FORMAT_VERSION}`);
  }
  if (metadata['identity'] !== canonicalJson(identity)) throw new CheckpointError('it belongs to another run');
  return { progress: parseProgress(metadata['progress'], schema), tensors: weights };
}

function read(bytes: Uint8Array): ReturnType<typeof decodeWeights> {
  try {
    return decodeWeights(bytes);
  } catch (cause) {
    throw new CheckpointError('the bytes are damaged', { cause });
  }
}

function parseProgress<Progress>(text = '', schema: z.ZodType<Progress>): Progress {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CheckpointError('its progress is damaged', { cause });
  }
}
