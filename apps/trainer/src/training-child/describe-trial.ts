import type { SearchReport } from '@kernelcast/training';

type Settings = SearchReport['hyperparameters'];

const settingsOf = ({ steps, learningRate, headLearningRate, labelSmoothing }: Settings): string =>
  `steps ${steps}, learningRate ${short(learningRate)}, headLearningRate ${short(headLearningRate)}, ` +
  `labelSmoothing ${labelSmoothing}`;

/** Three digits tell rates apart. */
const short = (value: number): number => Number(value.toPrecision(3));

/** What a person reading the job's log wants to know of a trial, and of what came of the search. */
export function describeTrial({ trial, hyperparameters, steps, top1, loss, settled }: SearchReport): string {
  const outcome = loss === undefined ? 'diverged' : `${(100 * top1).toFixed(1)} % of the held-back images`;
  const tried = `Trial ${trial} (${settingsOf(hyperparameters)}; cut to ${steps} steps): ${outcome}`;
  return settled === undefined ? tried : `${tried}. Training with ${settingsOf(settled)}`;
}
