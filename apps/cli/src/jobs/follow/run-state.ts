import type { JobEvent } from '@kernelcast/contracts';

interface CurvePoint {
  readonly step: number;
  readonly at: number;
  readonly loss: number | undefined;
  readonly accuracy: number | undefined;
}

/** What the events of a job have told so far. */
export interface RunState {
  readonly state: string;
  readonly attempt?: number;
  readonly error?: string;
  readonly step: number;
  readonly steps: number;
  readonly imagesPerSecond?: number;
  readonly points: readonly CurvePoint[];
}

export const BEGINNING: RunState = { state: 'queued', step: 0, steps: 0, points: [] };

/** Points that are kept; a longer curve is thinned to half of them. */
const MAX_POINTS = 4000;
/** Points by which the pace is measured. */
const PACE_POINTS = 30;

const numberIn = (data: JobEvent['data'], key: string): number | undefined => {
  const value = data[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};

const errorIn = ({ error }: JobEvent['data']): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return [code, message].filter((part) => typeof part === 'string').join(': ') || undefined;
};

const thin = (points: readonly CurvePoint[]): readonly CurvePoint[] =>
  points.length <= MAX_POINTS ? points : points.filter((_, i) => i % 2 === 0 || i === points.length - 1);

const afterStep = (run: RunState, { at, data }: JobEvent): RunState => {
  const step = numberIn(data, 'step') ?? run.step;
  const point = { step, at: Date.parse(at), loss: numberIn(data, 'loss'), accuracy: numberIn(data, 'accuracy') };
  // A job that went back to its checkpoint trains those steps again.
  const before = run.points.filter((earlier) => earlier.step < step);
  return {
    ...run,
    step,
    steps: numberIn(data, 'steps') ?? run.steps,
    imagesPerSecond: numberIn(data, 'imagesPerSecond') ?? run.imagesPerSecond,
    points: thin([...before, point]),
  };
};

/** The state after one more event. */
export const follow = (run: RunState, event: JobEvent): RunState => {
  if (event.type === 'step') return afterStep(run, event);
  if (event.type !== 'state') return run;
  const { data } = event;
  const state = typeof data['state'] === 'string' ? data['state'] : run.state;
  return { ...run, state, attempt: numberIn(data, 'attempt') ?? run.attempt, error: errorIn(data) };
};

/** Seconds until the last step at the pace of the latest ones; nothing while there is none to measure. */
export const secondsToGo = ({ state, step, steps, points }: RunState): number | undefined => {
  const latest = points.slice(-PACE_POINTS);
  const [first, last] = [latest[0], latest.at(-1)];
  if (state !== 'running' || !first || !last || last.step <= first.step || last.at <= first.at) return undefined;
  return ((steps - step) * (last.at - first.at)) / (last.step - first.step) / 1000;
};
