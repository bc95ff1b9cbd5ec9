import type { JobEvent } from '@kernelcast/contracts';
import { formatPercent } from '../../output/quantities.js';
import { printable } from '../../output/text.js';
import { progressLine } from './draw-run.js';
import type { RunState } from './run-state.js';

const clock = (at: string): string => new Date(at).toLocaleTimeString('en-GB', { hour12: false });

/** An event as a line for people; nothing for steps and checkpoints, which are shown otherwise. */
export const eventLine = ({ at, type, data }: JobEvent, run: RunState): string | undefined => {
  if (type === 'log') return `${clock(at)}  ${printable(String(data['message'] ?? JSON.stringify(data)))}`;
  if (type !== 'state') return undefined;
  const attempt =
    run.attempt !== undefined && run.attempt > 1 && run.state === 'running' ? `, attempt ${run.attempt}` : '';
  return `${clock(at)}  ${run.state}${attempt}${run.error ? `: ${printable(run.error)}` : ''}`;
};

/** The latest step as a line, for outputs that cannot draw. */
export const stepLine = (run: RunState): string => {
  const point = run.points.at(-1);
  const facts = [
    point?.loss === undefined ? [] : `loss ${point.loss.toFixed(4)}`,
    point?.accuracy === undefined ? [] : `accuracy ${formatPercent(point.accuracy)}`,
    progressLine(run),
  ].flat();
  return `${point ? `${clock(new Date(point.at).toISOString())}  ` : ''}${facts.join(', ')}`;
};

/** Steps are told of at each twentieth of a run, and at its end. */
const PARTS = 20;

/** Whether a step is worth a line, after the one that was told of last. */
export const isWorthALine = (step: number, steps: number, told: number): boolean =>
  steps > 0 &&
  (step === steps ||
    told < 0 ||
    Math.floor((step * PARTS) / steps) > Math.floor((told * PARTS) / steps) ||
    step < told);
