/** Independent sequences of a run; the numbers are part of what makes a run repeatable, so they never change. */
export const STREAM = {
  order: 1,
  augmentation: 2,
  features: 3,
  golden: 4,
  crop: 5,
  colour: 6,
  cutout: 7,
  balance: 8,
  validation: 9,
} as const;

/**
 * The seed of one event of a run (an epoch's order, a step's augmentation), from the run's seed alone. Nothing has to
 * be remembered between events, so a resumed run draws what an uninterrupted one would.
 *
 * The mixer is the finaliser of MurmurHash3, applied once per argument.
 */
export function deriveSeed(seed: number, stream: number, index: number): number {
  return mix(mix(mix(seed) ^ stream) ^ index);
}

function mix(value: number): number {
  let z = (value + 0x9e3779b9) >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
