/** Hashes count up to this: their first 8 bytes are taken. */
const BUCKETS = 2 ** 64;
const HASH_BYTES = 8;

/**
 * The bound below which the first 8 bytes (big-endian) of SHA-256(rolloutId + ":" + deviceId) must lie, byte by byte,
 * for the device to belong to a share of the group. A share of 1 gives nine bytes, above which no eight can be.
 *
 * @param share above 0 (nobody) up to 1 (everybody)
 */
export const membershipBound = (share: number): Uint8Array<ArrayBuffer> => {
  if (share >= 1) return new Uint8Array(HASH_BYTES + 1).fill(0xff);
  const bound = new Uint8Array(HASH_BYTES);
  // A product with a power of two is exact, and an integer is below a number exactly if it is below its ceiling.
  new DataView(bound.buffer).setBigUint64(0, BigInt(Math.ceil(share * BUCKETS)));
  return bound;
};
