import { spawn } from 'node:child_process';
import path from 'node:path';
import { Command } from 'commander';
import { withExamples } from '../framework/registry-command.js';
import { DEFAULT_DATA_DIR } from './up.command.js';

const SCRIPT = path.resolve(import.meta.dirname, '../../../trainer/dist/replay/main.js');

const run = async (id: string, { dataDir }: { dataDir: string }): Promise<void> => {
  const root = path.resolve(dataDir);
  const { KERNELCAST_STORE_DIR = path.join(root, 'objects'), KERNELCAST_CACHE_DIR = path.join(root, 'cache') } =
    process.env;
  const env = { ...process.env, KERNELCAST_STORE_DIR, KERNELCAST_CACHE_DIR };
  const child = spawn(process.execPath, ['--no-warnings', SCRIPT, id], { env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
};

/** `kernelcast replay`: runs the job of a version again and compares the digests. */
export const replayCommand = (): Command =>
  withExamples(
    new Command('replay')
      .description('run the job of a modulator version again, and tell whether it gives the same bytes')
      .argument('<id>', 'of a modulator version or of the training job that made it')
      .option('-d, --data-dir <folder>', 'folder of `kernelcast up`, where objects are kept', DEFAULT_DATA_DIR)
      .action(run),
    ['replay mdv_01J…', 'replay job_01J… --data-dir /var/lib/kernelcast'],
    'DATABASE_URL names the database, as `kernelcast up` shows it; S3_* the object store where it is not in the folder.\n' +
      'Exit codes: 0 the same bytes, 1 others, 2 the job cannot be run again here.',
  );
