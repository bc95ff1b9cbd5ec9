import { getTrainingJob, reasonOf, streamJobEvents } from '@kernelcast/api-client';
import { CliError, EXIT } from '../../failures/cli-error.js';
import type { CommandContext } from '../../framework/registry-command.js';
import { formatPercent } from '../../output/quantities.js';
import { printable } from '../../output/text.js';
import { waitOf, type Job } from '../job-state.js';
import { jsonViewer, lineViewer, liveViewer, silentViewer, type RunViewer } from './viewers.js';

type Context = CommandContext<object>;

const titleOf = ({ id, taskName, outputName, method, scenario }: Job): string =>
  `${id}  ${printable(taskName ?? outputName ?? '')}, ${method}${scenario === 'transfer' ? '' : `, ${scenario}`}`;

const viewerFor = ({ out, flags }: Context, job: Job): RunViewer => {
  if (out.json) return jsonViewer(out);
  if (flags.quiet) return silentViewer();
  if (process.stdout.isTTY) return liveViewer(titleOf(job), process.stdout, flags.color !== false);
  return lineViewer(out);
};

/** Follows the events of a job until it ends, or the reader has seen enough. @returns whether it ended */
const watch = async (context: Context, job: Job, signal: AbortSignal): Promise<boolean> => {
  const viewer = viewerFor(context, job);
  const wait = waitOf(job);
  if (wait && !context.out.json) viewer.note(`The job ${wait}.`);
  const onLost = (error: unknown) =>
    viewer.note(`connection lost${error ? ` (${reasonOf(error)})` : ''}; connecting again`);
  try {
    for await (const event of streamJobEvents({ ...context.registry, jobId: job.id, signal, onLost }))
      viewer.show(event);
  } finally {
    viewer.close();
  }
  return !signal.aborted;
};

const interrupted = ({ id }: Job): CliError =>
  new CliError(`${id} goes on without this terminal`, {
    advice: `See it again: kernelcast jobs follow ${id}. Stop it: kernelcast jobs cancel ${id}`,
    exitCode: EXIT.interrupted,
    code: 'interrupted',
  });

/** What a job came to, in a line or two. @throws CliError when it came to nothing */
const conclude = ({ out, flags }: Context, job: Job): void => {
  if (job.state !== 'succeeded') throw unsuccessful(job);
  const made = job.result?.modulatorVersion ?? job.result?.baseNetwork;
  if (out.json) return;
  if (flags.quiet) return out.line(made ?? job.id);
  const accuracy = job.metrics
    ? `, ${formatPercent(job.metrics.top1, 2)} of ${job.metrics.images} test images right`
    : '';
  out.line(`Succeeded${accuracy}.`);
  if (job.result?.modulatorVersion) out.line(`Look at it: kernelcast modulators show ${made}`);
  else if (made) out.line(`Look at it: kernelcast bases show ${made}`);
};

const unsuccessful = ({ id, state, error }: Job): CliError =>
  new CliError(`${id} ${state}${error ? `: ${printable(error.message)} (${error.code})` : ''}`, {
    advice: error?.retryable ? `Try again: kernelcast jobs retry ${id}` : `See why: kernelcast jobs logs ${id}`,
    code: error?.code ?? state,
  });

/**
 * Follows a job to its end, live. Ctrl-C ends the following, never the job.
 * @throws CliError when the job fails or is cancelled (exit code 1), or the reader went away (130)
 */
export const followJob = async (context: Context, id: string): Promise<void> => {
  const read = async () => (await getTrainingJob({ ...context.call, path: { id } })).data;
  const job = await read();
  const gone = new AbortController();
  const leave = () => gone.abort();
  process.once('SIGINT', leave).once('SIGTERM', leave);
  try {
    if (!(await watch(context, job, gone.signal))) throw interrupted(job);
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
  }
  conclude(context, await read());
};
