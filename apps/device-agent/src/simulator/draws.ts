/** Odd 32-bit constants of MurmurHash3's finaliser (Appleby, 2011, public domain). */
const MIX_A = 0x85ebca6b;
const MIX_B = 0xc2b2ae35;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const RANGE = 2 ** 32;

/**
 * A number in [0, 1) that only depends on its arguments: the same seed makes the same fleet, whatever order things
 * happen in.
 *
 * @param purpose keeps the draws for one thing independent of those for another
 */
export function draw(seed: number, purpose: string, ...numbers: readonly number[]): number {
  let hash = FNV_OFFSET ^ (seed | 0);
  for (let i = 0; i < purpose.length; i++) hash = Math.imul(hash ^ purpose.charCodeAt(i), FNV_PRIME);
  for (const number of numbers) hash = mix(hash ^ Math.imul(number | 0, MIX_A));
  return mix(hash) / RANGE;
}

function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, MIX_A);
  hash = Math.imul(hash ^ (hash >>> 13), MIX_B);
  return (hash ^ (hash >>> 16)) >>> 0;
}
