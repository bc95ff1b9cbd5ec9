import path from 'node:path';
import { Command } from 'commander';
import { slugSchema } from '@kernelcast/contracts';
import { openSource } from '../datasets/archive-source.js';
import type { PatienceOptions } from '../datasets/patience.js';
import { pushDataset, type PushOptions } from '../datasets/push-dataset.js';
import { formatPushReport } from '../datasets/push-report.js';
import { ProgressBoard } from '../output/progress-board.js';

interface PushFlags {
  name?: string;
  server: string;
  json?: boolean;
}

const DEFAULT_SERVER = 'http://127.0.0.1:7300';
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
  if (!name.success) throw new Error(`"${text}" is no name for a dataset: lower-case letters, digits, inner hyphens`);
  return name.data;
};

const showProgress = (size: number): PushOptions['onProgress'] => {
  const board = new ProgressBoard(process.stderr);
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  return (state, bytes) => {
    board.set('upload', size === 0 ? 1 : bytes / size, `${megabytes(bytes)} of ${megabytes(size)} MB`);
    if (state !== 'uploading') board.set('validation', state === 'done' ? 1 : 0, state);
  };
};

const push = async (folder: string, { name, server, json }: PushFlags): Promise<void> => {
  const apiKey = process.env['KERNELCAST_API_KEY'];
  if (!apiKey) throw new Error('set KERNELCAST_API_KEY to an API key of the role trainer');
  const source = await openSource(folder);
  const patience: PatienceOptions = {
    ...PATIENCE,
    onFault: (error, waitMs) =>
      console.error(`  ${error instanceof Error ? error.message : String(error)}; again in ${waitMs / 1000} s`),
  };
  const result = await pushDataset(source, {
    registry: { baseUrl: server.replace(/\/+$/, ''), apiKey },
    name: parseName(name ?? nameOf(folder)),
    patience,
    onProgress: showProgress(source.size),
  });
  console.log(json ? JSON.stringify(result) : formatPushReport(result));
  if (result.version.state !== 'ready') process.exitCode = 1;
};

/** `kernelcast datasets`: what people do with datasets from a terminal. */
export const datasetsCommand = (): Command =>
  new Command('datasets').description('send datasets to a registry').addCommand(
    new Command('push')
      .description('send a folder of class folders, or a zip, as a new version of a dataset')
      .argument('<folder>', 'folder of `<class>/<image>` or `train/<class>/<image>` with `test/…`; or a zip of it')
      .option('-n, --name <name>', 'name of the dataset, created when there is none (default: the folder’s)')
      .option('-s, --server <url>', 'address of the registry', process.env['KERNELCAST_URL'] ?? DEFAULT_SERVER)
      .option('--json', 'print the result as one line of JSON')
      .addHelpText(
        'after',
        '\nThe API key is read from KERNELCAST_API_KEY, the address from KERNELCAST_URL.\nA lost connection is waited out; the same command, started again, continues where the last one ended.\nThe exit code is 1 when the dataset is not valid.',
      )
      .action(push),
  );
