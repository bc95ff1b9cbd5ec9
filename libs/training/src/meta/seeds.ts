/**
 * Independent sequences of a meta-training run, apart from those of ordinary training (`data/seeds.ts`). The numbers
 * are part of what makes a run repeatable, so they never change.
 */
export const META_STREAM = {
  weights: 101,
  factors: 102,
  episodes: 103,
  statistics: 104,
  evaluation: 105,
  calibration: 106,
} as const;
