/** Steps over which the rate rises to its peak, while the second moments are still unreliable. */
const WARM_UP_STEPS = 10;

/** Share of the peak rate at a step (from 0): linear warm-up, then a cosine to zero. */
export function rateAt(step: number, steps: number): number {
  return Math.min(1, (step + 1) / WARM_UP_STEPS) * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
}
