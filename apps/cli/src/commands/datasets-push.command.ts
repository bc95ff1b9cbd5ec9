import path from 'node:path';
import { slugSchema } from '@kernelcast/contracts';
import type { Command } from 'commander';
import { openSource } from '../datasets/archive-source.js';
import type { PatienceOptions } from '../datasets/patience.js';
import { pushDataset, type PushOptions } from '../datasets/push-dataset.js';
import { formatPushReport } from '../datasets/push-report.js';
import { UsageError } from '../failures/cli-error.js';
import { option, registryCommand } from '../framework/registry-command.js';
import { ProgressBoard } from '../output/progress-board.js';

/** Half a second, one, two, … up to half a minute: a server that is away for ten minutes is waited for. */
const PATIENCE: PatienceOptions = { firstMs: 500, longestMs: 30_000, tries: 25 };

/** A dataset's name from that of its folder or file. */
const nameOf = (source: string): string =>
  path
    .basename(path.resolve(source), '.zip')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63)
    .replace(/-+$/, '');

const parseName = (text: string): string => {
  const name = slugSchema.safeParse(text);
  if (name.success) return name.data;
  throw new UsageError(
    `"${text}" is no name for a dataset`,
    'Give --name with lower-case letters, digits, inner hyphens.',
  );
};

const showProgress = (size: number): PushOptions['onProgress'] => {
  const board = new ProgressBoard(process.stderr);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return (state, bytes) => {
    board.set('upload', size === 0 ? 1 : bytes / size, `${megabytes(bytes)} of ${megabytes(size)} MB`);
    if (state !== 'uploading') board.set('validation', state === 'done' ? 1 : 0, state);
  };
};

/** `kernelcast datasets push`: a folder or zip as a new version of a dataset. */
export const datasetsPushCommand = (): Command =>
  registryCommand<{ name?: string }>({
    name: 'push',
    description: 'send a folder of class folders, or a zip, as a new version of a dataset',
    operands: [['<folder>', 'folder of `<class>/<image>` or `train/<class>/<image>` with `test/…`; or a zip of it']],
    options: [option('-n, --name <name>', 'name of the dataset, created when there is none (default: the folder’s)')],
    examples: ['datasets push ./fruit', 'datasets push photos.zip --name fruit'],
    notes:
      'A lost connection is waited out; the same command, started again, continues where the last one ended.\nThe exit code is 1 when the dataset is not valid.',
    run: async ({ out, flags, registry }, folder = '') => {
      const name = parseName(flags.name ?? nameOf(folder));
      const source = await openSource(folder);
      const onFault: PatienceOptions['onFault'] = (error, waitMs) =>
        out.note(`  ${error instanceof Error ? error.message : String(error)}; again in ${waitMs / 1000} s`);
      const result = await pushDataset(source, {
        // Without its patience: that of the push knows what arrived.
        registry: { ...registry, fetch: undefined },
        name,
        patience: { ...PATIENCE, onFault },
        onProgress: flags.quiet ? () => undefined : showProgress(source.size),
      });
      out.answer(result, result.version.id, () => formatPushReport(result));
      if (result.version.state !== 'ready') process.exitCode = 1;
    },
  });
