// Reads and runs files of unknown origin on behalf of a registry, in a process of its own: whatever they do to it, the
// registry goes on. One order, one answer, and it ends; so it does when the registry is gone.
import { writeFile } from 'node:fs/promises';
import { baseCheckOrderSchema, type BaseCheckAnswer } from '@kernelcast/contracts';
import { importBase } from './import-base.js';
import { runBase } from './run-base.js';

/** Of -1000 to 1000: where memory runs short the system ends this process, and not the registry. */
const FIRST_TO_GO = '1000';

const work = async (message: unknown): Promise<BaseCheckAnswer> => {
  const order = baseCheckOrderSchema.parse(message);
  return order.type === 'import' ? importBase(order) : runBase(order);
};

process.once('disconnect', () => process.exit(1));
// Only Linux knows this file.
await writeFile('/proc/self/oom_score_adj', FIRST_TO_GO).catch(() => undefined);
process.once('message', (message) => {
  work(message).then(
    (answer) => process.send?.(answer, undefined, undefined, () => process.exit(0)),
    (error: unknown) => {
      process.stderr.write(error instanceof Error ? (error.stack ?? error.message) : String(error));
      process.exit(1);
    },
  );
});
