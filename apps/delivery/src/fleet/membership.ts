import { createHash } from 'node:crypto';

/** The hash's first 8 bytes count up to this. */
const BUCKETS = 2 ** 64;

/**
 * Whether a device belongs to the first `share` of a rollout: the first 8 bytes (big-endian) of
 * SHA-256(rolloutId + ":" + deviceId), as a fraction of 2^64, are below the share. Needs no list, holds for devices
 * that enrol later, and a device once inside stays inside when the share grows.
 *
 * @param share 0 (nobody) to 1 (everybody)
 */
export function isMember(rolloutId: string, deviceId: string, share: number): boolean {
  if (share >= 1) return true;
  const bucket = createHash('sha256').update(`${rolloutId}:${deviceId}`).digest().readBigUInt64BE(0);
  // A product with a power of two is exact, and an integer is below a number exactly if it is below its ceiling.
  return bucket < BigInt(Math.ceil(share * BUCKETS));
}
