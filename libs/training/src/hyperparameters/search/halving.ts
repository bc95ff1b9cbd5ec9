import type { Hyperparameters } from '../hyperparameters.types.js';
import type { SearchProgress, Trial, TrialId } from './search.types.js';

/** Share of a candidate's steps that a trial of each rung runs, under a schedule shortened alike. */
const RUNG_SHARES: readonly number[] = [1 / 4, 1 / 2];
/** One in so many candidates of a rung goes on to the next. */
const REDUCTION = 3;

/** Steps of a trial of a candidate. */
export function trialSteps(candidate: Hyperparameters, rung: number): number {
  return Math.max(1, Math.ceil(candidate.steps * (RUNG_SHARES[rung] ?? 1)));
}

/**
 * Successive halving (Jamieson and Talwalkar, "Non-stochastic Best Arm Identification and Hyperparameter
 * Optimization", AISTATS 2016): all candidates run a little, the best of them longer. The defaults, candidate 0, are
 * in every rung, to be compared with.
 *
 * @param candidates - how many there are; `progress.width` may allow for fewer
 * @returns undefined when the search is over
 */
export function nextTrial(candidates: number, { trials, width = candidates }: SearchProgress): TrialId | undefined {
  let contestants = Array.from({ length: Math.min(width, candidates) }, (_, index) => index);
  for (let rung = 0; rung < RUNG_SHARES.length && contestants.length > 1; rung++) {
    const done = trialsOf(trials, rung);
    const open = contestants.find((index) => !done.some(({ candidate }) => candidate === index));
    if (open !== undefined) return { candidate: open, rung };
    const survivors = rank(done).slice(0, Math.ceil(contestants.length / REDUCTION));
    contestants = [...new Set([0, ...survivors.map(({ candidate }) => candidate)])];
  }
  return undefined;
}

/**
 * The candidate to train by: the best of the last rung that was run to its end. The defaults stay when they are within
 * one standard error of it (the rule of Breiman et al., "Classification and Regression Trees", 1984), as a difference
 * that small is most likely luck.
 *
 * @param images - held-back images that the trials were measured on
 */
export function winner(candidates: number, progress: SearchProgress, images: number): number {
  const open = nextTrial(candidates, progress);
  const lastRung = Math.max(0, ...progress.trials.map(({ rung }) => rung));
  const complete = open?.rung === lastRung ? Math.max(0, lastRung - 1) : lastRung;
  const ranked = rank(trialsOf(progress.trials, complete));
  const best = ranked[0];
  const defaults = ranked.find(({ candidate }) => candidate === 0);
  if (best === undefined || defaults === undefined) return 0;
  const standardError = Math.sqrt((best.top1 * (1 - best.top1)) / images);
  return best.top1 - defaults.top1 <= standardError ? 0 : best.candidate;
}

/**
 * How many of the candidates, in their order, can go through the search and leave time for the run itself.
 *
 * @param seconds - that the search and the run may take from now on
 */
export function affordableWidth(
  candidates: readonly Hyperparameters[],
  { trials }: SearchProgress,
  seconds: number,
): number {
  const available = seconds / secondsPerStep(trials);
  let width = candidates.length;
  while (width > 1 && stepsOf(candidates.slice(0, width)) > available) width--;
  return width;
}

/** Whether a trial and the longest run that could follow still fit in the time. */
export function isAffordable(
  candidates: readonly Hyperparameters[],
  { trials, width }: SearchProgress,
  { seconds, ...next }: TrialId & { readonly seconds: number },
): boolean {
  const candidate = candidates[next.candidate];
  if (trials.length === 0 || candidate === undefined) return true;
  const run = Math.max(...candidates.slice(0, width).map(({ steps }) => steps));
  return (trialSteps(candidate, next.rung) + run) * secondsPerStep(trials) <= seconds;
}

/** Steps at most that a search among these candidates and the run after it take, the first trial's excepted. */
function stepsOf(candidates: readonly Hyperparameters[]): number {
  const first = candidates.slice(1).reduce((sum, candidate) => sum + trialSteps(candidate, 0), 0);
  const longest = candidates.reduce((most, candidate) => (candidate.steps > most.steps ? candidate : most));
  const second = 1 + Math.ceil(candidates.length / REDUCTION);
  return first + second * trialSteps(longest, 1) + longest.steps;
}

function secondsPerStep(trials: readonly Trial[]): number {
  const steps = trials.reduce((sum, trial) => sum + trial.steps, 0);
  return trials.reduce((sum, trial) => sum + trial.seconds, 0) / steps;
}

function trialsOf(trials: readonly Trial[], rung: number): Trial[] {
  return trials.filter((trial) => trial.rung === rung);
}

/** Best first; of equals, the earlier candidate. */
function rank(trials: readonly Trial[]): Trial[] {
  const lossOf = ({ loss = Infinity }: Trial): number => loss;
  const order = (a: Trial, b: Trial): number =>
    b.top1 - a.top1 || (lossOf(a) < lossOf(b) ? -1 : lossOf(a) > lossOf(b) ? 1 : a.candidate - b.candidate);
  return [...trials].sort(order);
}
