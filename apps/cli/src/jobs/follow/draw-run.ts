import { drawCurve, type Point } from '../../output/braille.js';
import { formatClock, formatCount, formatPercent } from '../../output/quantities.js';
import { pad, truncate, type Paint, type Style } from '../../output/text.js';
import { JOB_STYLES } from '../job-state.js';
import { secondsToGo, type RunState } from './run-state.js';

export interface Frame {
  readonly title: string;
  /** Cells and lines of the terminal. */
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
}

const WIDEST = 120;
/** From here on the two charts stand side by side. */
const SIDE_BY_SIDE = 72;
const GUTTER = 7;
const GAP = 3;
const BAR_WIDTH = 24;
/** Lines beside those of the charts. */
const OTHER_LINES = 6;
const MOST_ROWS = 8;
const FEWEST_ROWS = 2;

const styleOf = (state: string): Style => (JOB_STYLES as Readonly<Record<string, Style | undefined>>)[state] ?? 'reset';

const bar = (share: number): string => {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
};

/** How far a run is, in one line. */
export const progressLine = (run: RunState): string => {
  const { step, steps, imagesPerSecond } = run;
  const left = secondsToGo(run);
  return [
    steps > 0 ? `step ${step} of ${steps}` : 'no step yet',
    ...(imagesPerSecond === undefined ? [] : [`${formatCount(Math.round(imagesPerSecond))} images/s`]),
    ...(left === undefined ? [] : [`${formatClock(left)} left`]),
  ].join(', ');
};

interface Curve {
  readonly name: string;
  readonly style: Style;
  readonly points: readonly Point[];
  readonly maxY: number;
  readonly format: (y: number) => string;
}

const curvesOf = ({ points }: RunState): Curve[] => {
  const along = (key: 'loss' | 'accuracy'): Point[] =>
    points.flatMap((point) => (point[key] === undefined ? [] : [{ x: point.step, y: point[key] }]));
  const loss = along('loss');
  return [
    {
      name: 'loss',
      style: 'yellow',
      points: loss,
      maxY: Math.max(0, ...loss.map(({ y }) => y)),
      format: (y) => y.toFixed(3),
    },
    {
      name: 'accuracy of the batch',
      style: 'green',
      points: along('accuracy'),
      maxY: 1,
      format: (y) => formatPercent(y, 0),
    },
  ];
};

/** A chart with its name and latest value above, and what its edges stand for at the left. */
const chart = (curve: Curve, size: { columns: number; rows: number; maxX: number }, paint: Paint): string[] => {
  const { name, style, points, maxY, format } = curve;
  const latest = points.at(-1);
  const head = truncate(`${name}${latest ? ` ${format(latest.y)}` : ''}`, GUTTER + size.columns);
  const lines = drawCurve(points, { ...size, minY: 0, maxY });
  const label = (row: number) => (row === 0 ? format(maxY) : row === size.rows - 1 ? format(0) : '');
  const drawn = lines.map((line, row) => `${paint('dim', pad(label(row), GUTTER - 1, true))} ${paint(style, line)}`);
  return [pad(head, GUTTER + size.columns), ...drawn];
};

const charts = (run: RunState, { width, height, paint }: Frame): string[] => {
  const beside = width >= SIDE_BY_SIDE;
  const room = Math.floor((height - OTHER_LINES) / (beside ? 1 : 2));
  const rows = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, room));
  const columns = (beside ? Math.floor((width - GAP) / 2) : width) - GUTTER;
  const [left = [], right = []] = curvesOf(run).map((curve) => chart(curve, { columns, rows, maxX: run.steps }, paint));
  return beside ? left.map((line, i) => `${line}${' '.repeat(GAP)}${right[i] ?? ''}`) : [...left, ...right];
};

/** A run as lines of a terminal: what it is, how far, and its curves. */
export const drawRun = (run: RunState, frame: Frame): string[] => {
  const { title, paint } = frame;
  const width = Math.min(WIDEST, frame.width - 1);
  const state = run.attempt !== undefined && run.attempt > 1 ? `${run.state}, attempt ${run.attempt}` : run.state;
  const head = `${truncate(title, width - state.length - 2)}  ${paint(styleOf(run.state), state)}`;
  const share = run.steps > 0 ? run.step / run.steps : 0;
  const progress = truncate(`${bar(share)} ${formatPercent(share, 0).padStart(5)}  ${progressLine(run)}`, width);
  return run.points.length === 0 ? [head, progress] : [head, progress, ...charts(run, { ...frame, width })];
};
