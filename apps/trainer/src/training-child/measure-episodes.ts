import type { MetaMetrics } from '@kernelcast/contracts';
import {
  evaluateEpisodes,
  evaluateFolded,
  sampleEpisode,
  type ClassImages,
  type EpisodeShape,
  type MetaTrainingResult,
} from '@kernelcast/training';

/** Standard errors on either side of a mean that hold 95 % of a normal distribution. */
const CONFIDENCE = 1.96;

/** Tasks that the held-out classes can give, one for each number of shots. */
export const shapesFor = (
  classes: readonly ClassImages[],
  { ways, shots, queries }: Omit<EpisodeShape, 'shots'> & { readonly shots: readonly number[] },
): EpisodeShape[] => shots.map((each) => ({ ways: Math.min(ways, classes.length), shots: each, queries }));

/** @throws {EpisodeError} unless all can be drawn, which is better known before training than after it. */
export function checkShapes(classes: readonly ClassImages[], shapes: readonly EpisodeShape[]): void {
  for (const shape of shapes) sampleEpisode(classes, shape, 0);
}

export interface EpisodesToMeasure {
  /** Held out of training. */
  readonly classes: readonly ClassImages[];
  readonly shapes: readonly EpisodeShape[];
  /** Tasks of each shape, two or more. */
  readonly episodes: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/**
 * What few-shot learning from a meta-trained base achieves on classes it has not seen: for kernel modulation as a
 * device runs it, folded; for its rivals, which make no modulators, with the statistics of the batch.
 */
export async function measureEpisodes(
  { base, start }: Pick<MetaTrainingResult, 'base' | 'start'>,
  { shapes, ...options }: EpisodesToMeasure,
): Promise<MetaMetrics> {
  const measure = start.variant === 'km' ? evaluateFolded : evaluateEpisodes;
  const results: MetaMetrics['results'] = [];
  for (const shape of shapes) {
    const accuracies = await measure({ base, start, shape, ...options });
    results.push({ ways: shape.ways, shots: shape.shots, ...estimate(accuracies) });
  }
  return { classes: options.classes.length, episodes: options.episodes, results };
}

/** Mean, and half the width of its 95 % confidence interval. */
export function estimate(values: readonly number[]): { accuracy: number; halfWidth: number } {
  const accuracy = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - accuracy) ** 2, 0) / (values.length - 1);
  return { accuracy, halfWidth: CONFIDENCE * Math.sqrt(variance / values.length) };
}
