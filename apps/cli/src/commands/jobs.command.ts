import {
  cancelTrainingJob,
  getTrainingJob,
  listTrainingJobLogs,
  listTrainingJobs,
  pauseTrainingJob,
  resumeTrainingJob,
  retryTrainingJob,
  type ListTrainingJobsData,
} from '@kernelcast/api-client';
import { jobStateSchema, methodSchema, scenarioSchema } from '@kernelcast/contracts';
import type { Command } from 'commander';
import { listOptions, listQueryOf, readPages, type ListFlags } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { followJob } from '../jobs/follow/follow-job.js';
import { waitOf, type Job } from '../jobs/job-state.js';
import { jobColumns, jobFields } from '../jobs/job-tables.js';
import { printable } from '../output/text.js';
import { jobsEstimateCommand, jobsSubmitCommand } from './jobs-submit.command.js';

const JOB = [['<job>', 'id, job_…']] as const;

type Query = NonNullable<ListTrainingJobsData['query']>;
type Filters = Pick<Query, 'state' | 'task' | 'dataset' | 'baseNetwork' | 'method' | 'scenario' | 'createdBy'>;
type Flags = ListFlags<NonNullable<Query['sort']>> & Omit<Filters, 'baseNetwork'> & { readonly base?: string };

const filtersOf = ({ state, task, dataset, base, method, scenario, createdBy }: Flags): Filters => ({
  ...(state && { state }),
  ...(task && { task }),
  ...(dataset && { dataset }),
  ...(base && { baseNetwork: base }),
  ...(method && { method }),
  ...(scenario && { scenario }),
  ...(createdBy && { createdBy }),
});

const list = () =>
  registryCommand<Flags>({
    name: 'list',
    description: 'list training jobs, newest first',
    options: [
      option('--state <states...>', 'only those in one of these states').choices(jobStateSchema.options),
      option('-t, --task <task>', 'only those of this task, name or id'),
      option('-d, --dataset <dataset>', 'only those on this dataset, name or id'),
      option('-b, --base <base>', 'only those on this base network, name or id'),
      option('-m, --method <methods...>', 'only those of one of these methods').choices(methodSchema.options),
      option('--scenario <scenario>', 'only those of this kind').choices(scenarioSchema.options),
      option('--created-by <id>', 'only those that this user or key submitted'),
      ...listOptions(['createdAt', 'finishedAt']),
    ],
    examples: [
      'jobs list',
      'jobs list --task fruit --state failed',
      'jobs list --state queued --quiet | xargs -n 1 kernelcast jobs cancel',
    ],
    run: async ({ call, out, flags }) => {
      const filters = { ...filtersOf(flags), ...listQueryOf(flags) };
      const page = await readPages(flags, (query) => listTrainingJobs({ ...call, query: { ...query, ...filters } }));
      out.list<Job>(page, jobColumns(Date.now()), ({ id }) => id);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a job',
    operands: JOB,
    examples: ['jobs show job_01J…', 'jobs show job_01J… --json'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getTrainingJob({ ...call, path: { id } });
      out.one(data, data.id, () => jobFields(data, Date.now()));
    },
  });

const follow = () =>
  registryCommand({
    name: 'follow',
    description: 'watch a job live, with its curves, until it ends',
    operands: JOB,
    examples: ['jobs follow job_01J…', 'jobs follow job_01J… --json | jq .data.loss'],
    notes:
      'Ctrl-C stops the watching, not the job. A lost connection is taken up again where it broke.\nWithout a terminal it prints lines, with --json one event a line.\nExit codes: 0 succeeded, 1 failed or cancelled, 130 after Ctrl-C.',
    run: (context, id = '') => followJob(context, id),
  });

/** Lines that one request brings. */
const LOG_PAGE = 5000;

const logs = () =>
  registryCommand({
    name: 'logs',
    description: 'print the log of a job',
    operands: JOB,
    examples: ['jobs logs job_01J…', 'jobs logs job_01J… --json'],
    run: async ({ call, out }, id = '') => {
      for (let after = 0; ;) {
        const { data: lines } = (
          await listTrainingJobLogs({ ...call, path: { id }, query: { after, limit: LOG_PAGE } })
        ).data;
        for (const line of lines) out.line(out.json ? JSON.stringify(line) : `${line.at}  ${printable(line.message)}`);
        const last = lines.at(-1);
        if (!last || lines.length < LOG_PAGE) return;
        after = last.id;
      }
    },
  });

type Step = typeof cancelTrainingJob<true>;

const step = (name: string, description: string, move: Step, sentence: (job: Job) => string) =>
  registryCommand({
    name,
    description,
    operands: JOB,
    examples: [`jobs ${name} job_01J…`],
    run: async ({ call, out }, id = '') => {
      const { data } = await move({ ...call, path: { id } });
      out.done(data, data.id, sentence(data));
    },
  });

const stateOf = ({ id, state, ...job }: Job): string => {
  const wait = waitOf(job);
  return `${id} is ${state}${wait ? `; it ${wait}` : ''}.`;
};

/** `kernelcast jobs`: training. */
export const jobsCommand = (): Command =>
  commandGroup('jobs', 'training jobs', [
    jobsSubmitCommand(),
    jobsEstimateCommand(),
    list(),
    show(),
    follow(),
    logs(),
    step('cancel', 'cancel a job that has not ended', cancelTrainingJob, stateOf),
    step('pause', 'pause a job: it writes a checkpoint and waits', pauseTrainingJob, stateOf),
    step('resume', 'resume a paused job from its last checkpoint', resumeTrainingJob, stateOf),
    step('retry', 'start a failed job again, from its last checkpoint if there is one', retryTrainingJob, stateOf),
  ]);
