import type { CalibrationReport } from '@kernelcast/training';

/** What a person reading the job's log wants to know while the learned inner rates are brought down. */
export const describeCalibration = ({ factor, accuracy, tried, factors }: CalibrationReport): string =>
  `Inner rates times ${factor}: ${(100 * accuracy).toFixed(1)} % right on training classes (${tried} of ${factors})`;
