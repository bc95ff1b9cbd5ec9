import type { Digest } from '../digest/digest.js';
import type { WeightMap } from '../tensors/tensor.types.js';

/** How a modulator's numbers are kept; see docs/formats/modulator.md. */
export type ModulatorEncoding = 'f32' | 'f16' | 'i8';

/** A task's modulator with all a device needs to fold it into the base and to check the result. */
export interface ModulatorArtifact {
  formatVersion: 1;
  /** The one base network these tensors fit. */
  baseDigest: Digest;
  task: string;
  /** Class names; index = class number. */
  labels: string[];
  /** The adaptation method that made it and knows how to fold it, such as `km`. */
  method: string;
  /** Ranks per layer as the planner chose them: JSON, opaque here. */
  plan: unknown;
  encoding: ModulatorEncoding;
  /** Seed of the generator that draws the golden inputs; unsigned 32 bits. */
  goldenSeed: number;
  /** Version and backend of the trainer, for people. */
  trainedBy: string;
  /** Seed of the training run; unsigned 32 bits. */
  seed: number;
  /** `<layer>/A`, `<layer>/scale`, `head/kernel`, ...: docs/formats/modulator.md lists them. */
  tensors: WeightMap;
}

/** Everything but the tensors. */
export type ModulatorHeader = Omit<ModulatorArtifact, 'tensors'>;

export const MODULATOR_FORMAT = 'kernelcast.km';
export const MODULATOR_FORMAT_VERSION = 1;

/** As large as the weights of a base may be: method `full` sends a whole base. Others take about a hundredth of it. */
export const MAX_MODULATOR_BYTES = 256 * 2 ** 20;
export const MAX_LABELS = 4096;
export const MAX_LABEL_LENGTH = 256;
/** Of `task`, `method` and `trainedBy`, in UTF-16 units. */
export const MAX_FIELD_LENGTH = 256;

/** Expected logits of the golden inputs, [inputs, classes]. */
export const GOLDEN_LOGITS = 'golden/logits';
/** [features, classes] */
export const HEAD_KERNEL = 'head/kernel';
/** [classes] */
export const HEAD_BIAS = 'head/bias';
/** Half-precision scales of the 8-bit tensors, in the order of their names; only in files of encoding i8. */
export const INT8_SCALES = 'int8/scales';
