import { canonicalJson, decodeWeights, encodeWeights } from '@kernelcast/artifact';
import type { WeightMap } from '@kernelcast/artifact';
import { CheckpointError } from '../training.errors.js';

const FORMAT = 'kernelcast.checkpoint';
const FORMAT_VERSION = '1';

/** Progress of a run beside its tensors. */
export interface CheckpointProgress {
  /** Steps done. */
  readonly step: number;
  /** Exponentially smoothed loss, as reported. */
  readonly smoothedLoss: number;
  /** Time spent training so far, over all attempts. */
  readonly seconds: number;
}

export interface Checkpoint {
  readonly progress: CheckpointProgress;
  /** Parameters, moving statistics and the optimiser's moments. */
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

/** @throws {CheckpointError} for damaged bytes, and for a checkpoint of a run with another identity. */
export function decodeCheckpoint(bytes: Uint8Array, identity: unknown): Checkpoint {
  const { metadata, weights } = read(bytes);
  if (metadata['format'] !== FORMAT || metadata['formatVersion'] !== FORMAT_VERSION) {
    throw new CheckpointError(`not ${FORMAT} version ${FORMAT_VERSION}`);
  }
  if (metadata['identity'] !== canonicalJson(identity)) throw new CheckpointError('it belongs to another run');
  return { progress: parseProgress(metadata['progress']), tensors: weights };
}

function read(bytes: Uint8Array): ReturnType<typeof decodeWeights> {
  try {
    return decodeWeights(bytes);
  } catch (cause) {
    throw new CheckpointError('the bytes are damaged', { cause });
  }
}

function parseProgress(text = ''): CheckpointProgress {
  try {
    const { step, smoothedLoss, seconds } = JSON.parse(text) as Record<string, unknown>;
    if (isCount(step) && isCount(seconds) && typeof smoothedLoss === 'number') return { step, smoothedLoss, seconds };
  } catch (cause) {
    throw new CheckpointError('its progress is not JSON', { cause });
  }
  throw new CheckpointError('its progress is incomplete');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
