import { describeFailure } from './describe-failure.js';
import { StopRequest } from './job-context.js';
import { childMessageSchema, parentMessageSchema, type ChildMessage, type TrainingSpec } from './messages.js';
import type { SpareThreads } from '@kernelcast/training';
import { prepare } from './prepare.js';
import { runJob } from './run-job.js';

/** The process that trains one job, for which it may have been made ready before, and ends. It talks to its parent alone, by the messages of `messages.ts`. */

const stop = new AbortController();

const send = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    const parsed = childMessageSchema.parse(message);
    if (process.send === undefined) reject(new Error('There is no parent to report to'));
    else process.send(parsed, (error: Error | null) => (error ? reject(error) : resolve()));
  });

let preparing: Promise<SpareThreads | undefined> = Promise.resolve(undefined);

const run = async (spec: TrainingSpec): Promise<void> => {
  // For `ps` and top, which else show all training processes alike.
  process.title = `kernelcast-training ${spec.jobId}`;
  try {
    await runJob(spec, { send, signal: stop.signal, spareThreads: await preparing });
  } catch (error) {
    if (error instanceof StopRequest) {
      await send({ type: 'stopped' });
      return;
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    await send({ type: 'failed', ...describeFailure(error) });
  }
};

/** A terminal's Ctrl-C reaches the whole process group; when to end is for the parent to say. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
/** The parent is gone: nobody could take the result, and another worker will continue the job. */
process.on('disconnect', () => process.exit(0));
process.on('message', (raw) => {
  const message = parentMessageSchema.parse(raw);
  if (message.type === 'stop') stop.abort(new StopRequest());
  // What cannot be made ready now fails the job later, with its reason.
  else if (message.type === 'prepare') preparing = prepare(message).catch(() => undefined);
  else void run(message.spec).then(() => process.exit(0));
});
