export interface FinishedRun {
  readonly seconds: number;
  readonly steps: number | null;
}

export interface EstimatedOrder {
  /** As ordered; undefined when the trainer chooses. */
  readonly steps: number | undefined;
  /** That a search for hyperparameters may use up, together with the run. */
  readonly searchSeconds: number | undefined;
}

/**
 * How long a job will take by what jobs like it took: the median, of each run's time per step where the order names its
 * steps. Rough: it knows neither the size of the dataset nor the machine.
 * @returns seconds, or null when there is no run to go by
 */
export const estimateSeconds = (
  runs: readonly FinishedRun[],
  { steps, searchSeconds = 0 }: EstimatedOrder,
): number | null => {
  const times = runs.flatMap((run) => {
    if (steps === undefined) return run.seconds;
    return run.steps ? (run.seconds * steps) / run.steps : [];
  });
  return times.length === 0 ? null : Math.max(median(times), searchSeconds);
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
};
