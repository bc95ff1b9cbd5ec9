import { formatBytes, formatCount, formatPercent, formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';
import { JOB_STYLES, progressOf, secondsLeft, waitOf, type Job } from './job-state.js';

export const jobColumns = (now: number): Column<Job>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'TASK', value: ({ taskName, outputName }) => taskName ?? outputName ?? '-' },
  { title: 'METHOD', value: ({ method, scenario }) => (scenario === 'transfer' ? method : `${method}, ${scenario}`) },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => JOB_STYLES[state] },
  { title: 'PROGRESS', value: progressOf },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
];

const settings = (values: object | null): string | null => {
  const entries = Object.entries(values ?? {});
  return entries.length === 0 ? null : entries.map(([name, value]) => `${name}=${String(value)}`).join(' ');
};

const budgetOf = ({ paramsRatio, bytes, seconds }: Job['budget']): string | null =>
  [
    paramsRatio === undefined ? [] : `${formatPercent(paramsRatio, 2)} of the parameters`,
    bytes === undefined ? [] : formatBytes(bytes),
    seconds === undefined ? [] : `${formatCount(seconds)} s`,
  ]
    .flat()
    .join(', ') || null;

const resultOf = ({ result }: Job): string | null => result?.modulatorVersion ?? result?.baseNetwork ?? null;

/** A job's facts for people. */
export const jobFields = (job: Job, now: number) =>
  [
    ['id', job.id],
    ['state', [job.state, waitOf(job)].filter(Boolean).join('; ')],
    ['task', job.taskName],
    ['makes', job.outputName],
    ['scenario', job.scenario],
    ['method', job.method],
    ['base', job.baseNetworkId],
    ['dataset', job.datasetVersionId],
    ['starts from', job.startFrom],
    ['budget', budgetOf(job.budget)],
    ['settings', settings(job.hyperparameters)],
    ['meta', settings(job.meta)],
    ['seed', String(job.seed)],
    ['priority', String(job.priority)],
    ['deadline', job.deadline && `${formatWhen(job.deadline, now)} (${job.deadline})`],
    ['accelerator', job.accelerator],
    ['attempt', String(job.attempt)],
    ['progress', job.progress && `step ${job.progress.step} of ${job.progress.steps}`],
    ['time', secondsLeft(job, now)],
    ['loss', job.loss === null ? null : job.loss.toFixed(4)],
    ['accuracy', job.metrics && `${formatPercent(job.metrics.top1, 2)} of ${job.metrics.images} test images`],
    ['trained on', job.backend && `${job.backend}, ${job.threads ?? '?'} threads`],
    ['result', resultOf(job)],
    ['error', job.error && `${job.error.code}: ${job.error.message}`],
    ['created', formatWhen(job.createdAt, now)],
    ['started', job.startedAt && formatWhen(job.startedAt, now)],
    ['finished', job.finishedAt && formatWhen(job.finishedAt, now)],
  ] as const;
