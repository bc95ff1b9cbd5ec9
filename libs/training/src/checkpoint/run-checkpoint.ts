import type { WeightMap } from '@kernelcast/artifact';
import { z } from 'zod';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { checkRanges } from '../hyperparameters/ranges.js';
import type { SearchProgress } from '../hyperparameters/search/search.types.js';
import { CheckpointError } from '../training.errors.js';
import { checkpointProgressSchema, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import type { Checkpoint, CheckpointProgress } from './checkpoint.js';

/** A measurement on the held-back images. */
export interface Measurement {
  /** Steps done when it was made. */
  readonly step: number;
  readonly top1: number;
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** What measuring on held-back images has shown so far. */
export interface ValidationProgress {
  /** Step of the last measurement; 0 before the first. */
  readonly measuredStep: number;
  /** Measurements since the best one. */
  readonly stale: number;
  readonly best?: Measurement;
}

/** While hyperparameters are searched, `step` and the like are of the trial under way, else of the run itself. */
export interface RunProgress extends CheckpointProgress {
  /** By which the steps under way are made. */
  readonly hyperparameters: Hyperparameters;
  readonly validation: ValidationProgress;
  /** Absent when nothing was to be searched. */
  readonly search?: SearchProgress;
}

export interface RunCheckpoint extends Checkpoint<RunProgress> {
  /** Exported tensors of the best measurement, when one was made. */
  readonly best?: WeightMap;
}

const count = z.int().nonnegative();

const hyperparameters = z.custom<Hyperparameters>((value) => {
  try {
    checkRanges(value as Hyperparameters);
    return true;
  } catch {
    return false;
  }
}, 'are out of range');

const trialId = z.object({ candidate: count, rung: count });

const runProgressSchema: z.ZodType<RunProgress> = checkpointProgressSchema.extend({
  hyperparameters,
  validation: z.object({
    measuredStep: count,
    stale: count,
    best: z.object({ step: count, top1: z.number(), loss: z.number() }).optional(),
  }),
  search: z
    .object({
      trials: z.array(
        trialId.extend({
          steps: z.int().positive(),
          top1: z.number(),
          loss: z.number().optional(),
          seconds: z.number().nonnegative(),
        }),
      ),
      width: z.int().positive().optional(),
      current: trialId.optional(),
    })
    .optional(),
});

/** Before the names of the best measurement's tensors. */
const BEST = 'best/';

/** A training run between two steps; see {@link encodeCheckpoint}. */
export function encodeRunCheckpoint({ progress, tensors, best }: RunCheckpoint, identity: unknown): Uint8Array {
  const kept = [...(best ?? [])].map(([name, tensor]) => [`${BEST}${name}`, tensor] as const);
  return encodeCheckpoint({ progress, tensors: new Map([...tensors, ...kept]) }, identity);
}

/** @throws {CheckpointError} for damaged bytes, and for a checkpoint of a run with another identity. */
export function decodeRunCheckpoint(bytes: Uint8Array, identity: unknown): RunCheckpoint {
  const { progress, tensors: all } = decodeCheckpoint(bytes, identity, runProgressSchema);
  const isBest = (name: string): boolean => name.startsWith(BEST);
  const tensors: WeightMap = new Map([...all].filter(([name]) => !isBest(name)));
  const kept = [...all].filter(([name]) => isBest(name));
  const best: WeightMap = new Map(kept.map(([name, tensor]) => [name.slice(BEST.length), tensor]));
  if (best.size === 0 && progress.validation.best) throw new CheckpointError('its best tensors are missing');
  return { progress, tensors, ...(best.size > 0 && { best }) };
}
