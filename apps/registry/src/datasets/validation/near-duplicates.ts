import { setImmediate as nextTurn } from 'node:timers/promises';

const HASH_BYTES = 32;
const HASH_BITS = 256;
/** Two of 256 bits in 16 bands: hashes that differ in fewer bits than there are bands agree in one of them. */
const BANDS = 16;
const MAX_DISTANCE = 10;
/** Hashes with fewer bits of either kind are of images with hardly any structure: they are all alike. */
const MIN_STRUCTURE_BITS = 40;
/** Candidates looked at of a band with the same value: bounds the work where thousands agree. */
const MAX_CANDIDATES = 32;

const POPCOUNT = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
});

/** Indices of two images that look alike, the later one first, and in how many of 256 bits they differ. */
export interface NearPair {
  readonly image: number;
  readonly like: number;
  readonly distance: number;
}

/**
 * Finds images that look alike by their perceptual hashes. It is a hint, not a proof, in both directions: candidates
 * are those that agree in a band of the hash, and of a crowd only the nearest in order are compared.
 *
 * @param hashes 32 bytes of each image, one after the other
 * @param limit pairs after which it stops
 */
export const findNearDuplicates = async (hashes: Buffer, limit: number): Promise<NearPair[]> => {
  const count = Math.floor(hashes.length / HASH_BYTES);
  const structured = Array.from({ length: count }, (_, i) => i).filter((i) => hasStructure(hashes, i));
  const pairs = new Map<number, NearPair>();
  for (let band = 0; band < BANDS && pairs.size < limit; band++) {
    const seen = new Map<number, number[]>();
    for (const image of structured) {
      const value = hashes.readUInt16LE(image * HASH_BYTES + band * 2);
      const alike = seen.get(value) ?? [];
      if (alike.length === 0) seen.set(value, alike);
      if (!pairs.has(image) && pairs.size < limit) {
        const pair = nearest(hashes, image, alike);
        if (pair) pairs.set(image, pair);
      }
      alike.push(image);
      if (alike.length > MAX_CANDIDATES) alike.shift();
    }
    // Requests are answered in between.
    await nextTurn();
  }
  return [...pairs.values()].sort((a, b) => a.image - b.image);
};

const nearest = (hashes: Buffer, image: number, candidates: readonly number[]): NearPair | undefined => {
  let best: NearPair | undefined;
  for (const like of candidates) {
    const distance = distanceOf(hashes, image, like);
    if (distance <= MAX_DISTANCE && (!best || distance < best.distance)) best = { image, like, distance };
  }
  return best;
};

const distanceOf = (hashes: Buffer, a: number, b: number): number => {
  let distance = 0;
  for (let i = 0; i < HASH_BYTES && distance <= MAX_DISTANCE; i++) {
    const differing = (hashes[a * HASH_BYTES + i] ?? 0) ^ (hashes[b * HASH_BYTES + i] ?? 0);
    distance += POPCOUNT[differing] ?? 0;
  }
  return distance;
};

const hasStructure = (hashes: Buffer, image: number): boolean => {
  let set = 0;
  for (let i = 0; i < HASH_BYTES; i++) set += POPCOUNT[hashes[image * HASH_BYTES + i] ?? 0] ?? 0;
  return Math.min(set, HASH_BITS - set) >= MIN_STRUCTURE_BITS;
};
