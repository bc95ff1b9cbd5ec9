import { MAX_MODULATOR_BYTES } from '../modulator/modulator.types.js';
import type { Digest } from '../digest/digest.js';

/** What manifests call this coding; devices pass over deltas of codings that they do not know. */
export const DELTA_ENCODING = 'kcd1';
/** `KCD` and the version of the format. */
export const DELTA_MAGIC = Uint8Array.of(0x4b, 0x43, 0x44, 1);
/** Magic, two digests, two sizes and the length of the new header. */
export const DELTA_HEAD_BYTES = 80;
/** A delta that is not smaller than the file is of no use, and one of these bounds what a device has to hold. */
export const MAX_DELTA_BYTES = MAX_MODULATOR_BYTES;
/** Headers are searched for what they have in common, which takes the product of their lengths at worst. */
export const MAX_DELTA_HEADER_BYTES = 2 ** 18;

export interface DeltaEnds {
  readonly from: Digest;
  readonly to: Digest;
}

export interface DeltaHead extends DeltaEnds {
  readonly fromSize: number;
  readonly toSize: number;
  /** Bytes of the new file before its tensors. */
  readonly headerBytes: number;
}
