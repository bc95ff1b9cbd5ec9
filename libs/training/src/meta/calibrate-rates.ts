import type { BaseNetwork } from '@kernelcast/nets';
import { deriveSeed } from '../data/seeds.js';
import { evaluateEpisodes } from './evaluate-episodes.js';
import type { AdaptationStart, MetaHyperparameters, MetaTrainingOptions } from './meta.types.js';
import { META_STREAM } from './seeds.js';

/** Common factors on the learned rates that are tried; of equals the first is taken. */
const FACTORS = [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16];

/**
 * Brings the learned inner rates down together to where adapted networks answer right most often.
 *
 * The outer loop lowers the cross-entropy of query images, and for that it raises the rates: larger ones make larger
 * logits, which pay on classes the base has learned by heart and, beyond what is needed, cost right answers. How often
 * answers are right has no gradient, but it can be counted: on fresh episodes of the training classes, the same ones for
 * every factor, in all the numbers of shots that were trained.
 */
export async function calibrateRates(
  base: BaseNetwork,
  start: AdaptationStart,
  { classes, seed, signal, onCalibrate }: Pick<MetaTrainingOptions, 'classes' | 'seed' | 'signal' | 'onCalibrate'>,
  settings: MetaHyperparameters,
): Promise<AdaptationStart> {
  const { calibrationEpisodes: episodes, shots: numbers } = settings;
  if (episodes === 0) return start;
  const episodeSeed = deriveSeed(seed, META_STREAM.calibration, 0);
  let best = { factor: 1, right: -1 };
  for (const [index, factor] of FACTORS.entries()) {
    let right = 0;
    for (const shots of numbers) {
      const options = { base, start, classes, episodes, shape: { ...settings, shots }, seed: episodeSeed };
      const shares = await evaluateEpisodes({ ...options, rateFactor: factor, signal });
      right += shares.reduce((sum, share) => sum + share, 0);
    }
    if (right > best.right) best = { factor, right };
    const accuracy = right / (episodes * numbers.length);
    await onCalibrate?.({ factor, accuracy, tried: index + 1, factors: FACTORS.length });
  }
  return { ...start, rates: new Map([...start.rates].map(([name, rate]) => [name, rate * best.factor])) };
}
