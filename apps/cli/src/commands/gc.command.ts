import { setTimeout as wait } from 'node:timers/promises';
import {
  createGarbageCollection,
  getGarbageCollection,
  type GetGarbageCollectionResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { CliError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { parseSpan } from '../framework/parsers.js';
import { option, registryCommand, type CommandContext } from '../framework/registry-command.js';
import { formatBytes, formatCount } from '../output/quantities.js';

type Collection = GetGarbageCollectionResponse;

const POLL_MS = 1000;

const ended = async ({ call }: Pick<CommandContext<object>, 'call'>, id: string): Promise<Collection> => {
  for (;;) {
    const { data } = await getGarbageCollection({ ...call, path: { id } });
    if (data.state === 'done' || data.state === 'failed') return data;
    await wait(POLL_MS);
  }
};

const tell = ({ objects, bytes }: { objects: number; bytes: number }): string =>
  `${formatCount(objects)} objects, ${formatBytes(bytes)}`;

const sentence = ({ dryRun, report }: Collection): string => {
  if (!report) return 'Nothing is known of it.';
  const { seen, candidates, removed, spared } = report;
  if (dryRun) return `Nothing refers to ${tell(candidates)}, of ${tell(seen)}. Nothing was removed.`;
  const rest = spared.objects > 0 ? ` ${tell(spared)} were used again and stay.` : '';
  return `Removed ${tell(removed)}, of ${tell(seen)}.${rest}`;
};

/** `kernelcast gc`: removes stored objects that nothing refers to. */
export const gcCommand = (): Command =>
  registryCommand<{ dryRun?: boolean; minAge?: number; wait?: boolean }>({
    name: 'gc',
    description: 'remove stored objects that nothing refers to',
    options: [
      option('--dry-run', 'only tell what would be removed'),
      option('--min-age <span>', 'leave what is younger, at least 1h (default: 1d)').argParser(parseSpan),
      option('--no-wait', 'do not wait for the end'),
    ],
    examples: ['gc --dry-run', 'gc --min-age 7d'],
    run: async (context) => {
      const { call, out, flags } = context;
      const body = {
        dryRun: flags.dryRun === true,
        ...(flags.minAge !== undefined && { minAgeSeconds: flags.minAge }),
      };
      const { data } = await createGarbageCollection({ ...call, ...creating(), body });
      if (flags.wait === false) return out.done(data, data.id, `${data.id} is ${data.state}.`);
      const collection = await ended(context, data.id);
      if (collection.state === 'failed')
        throw new CliError(`${collection.id} failed: ${collection.error ?? 'unknown'}`, { code: 'gc_failed' });
      out.done(collection, collection.id, sentence(collection));
      for (const { key, size } of collection.report?.examples ?? [])
        if (collection.dryRun) out.note(`  ${key}  ${formatBytes(size)}`);
    },
  });
