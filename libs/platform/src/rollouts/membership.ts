import { createHash } from 'node:crypto';

/** Hashes count up to this: their first 8 bytes are taken, big-endian. */
const BUCKETS = 2 ** 64;
const HASH_BYTES = 8;

/** A product with a power of two is exact, and an integer is below a number exactly if it is below its ceiling. */
const boundOf = (share: number): bigint => BigInt(Math.ceil(share * BUCKETS));

/**
 * Whether a device belongs to the first `share` of a rollout: the first 8 bytes (big-endian) of
 * SHA-256(rolloutId + ":" + deviceId), as a fraction of 2^64, are below the share. Needs no list, holds for devices
 * that enrol later, and a device once inside stays inside when the share grows.
 *
 * @param share 0 (nobody) to 1 (everybody)
 */
export const isMember = (rolloutId: string, deviceId: string, share: number): boolean => {
  if (share >= 1) return true;
  const hash = createHash('sha256').update(`${rolloutId}:${deviceId}`).digest();
  return hash.readBigUInt64BE(0) < boundOf(share);
};

/**
 * The same rule for a database that hashes by itself: the bytes, in hexadecimal, below which the first 8 bytes of the
 * hash must lie, compared byte by byte. A share of 1 gives nine bytes, above which no eight can be.
 *
 * @param share 0 (nobody) to 1 (everybody)
 */
export const membershipBound = (share: number): string =>
  share >= 1
    ? 'ff'.repeat(HASH_BYTES + 1)
    : boundOf(share)
        .toString(16)
        .padStart(2 * HASH_BYTES, '0');
