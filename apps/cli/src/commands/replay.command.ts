import { spawn } from 'node:child_process';
import path from 'node:path';
import { Command } from 'commander';
import { listInstances } from '../connection/local-instances.js';
import { instancesFolder } from '../connection/user-folders.js';
import { withExamples } from '../framework/registry-command.js';
import { replayEnvironment } from './replay-environment.js';
import { DEFAULT_DATA_DIR } from './up.command.js';

const SCRIPT = path.resolve(import.meta.dirname, '../../../trainer/dist/replay/main.js');

const run = async (id: string, { dataDir }: { dataDir?: string }): Promise<void> => {
  const instances = listInstances(instancesFolder(process.env));
  const env = replayEnvironment({ env: process.env, dataDir, fallback: DEFAULT_DATA_DIR, instances });
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
      .option(
        '-d, --data-dir <folder>',
        `folder of \`kernelcast up\` (default: of the one that runs, or ${DEFAULT_DATA_DIR})`,
      )
      .action(run),
    ['replay mdv_01J…', 'replay job_01J… --data-dir /var/lib/kernelcast'],
    'Where `kernelcast up` runs, its database and objects are found. Elsewhere DATABASE_URL names the database, and\n' +
      'S3_* the object store where it is not in the folder.\n' +
      'Exit codes: 0 the same bytes, 1 others, 2 the job cannot be run again here.',
  );
