import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  createAuditCheckpoint,
  exportAuditEvents,
  listAuditEvents,
  verifyAuditEvents,
  type ListAuditEventsResponse,
} from '@kernelcast/api-client';
import { auditCheckpointSchema } from '@kernelcast/contracts';
import { InvalidArgumentError, type Command, type Option } from 'commander';
import { CliError, UsageError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { parseSpan } from '../framework/parsers.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatCount, formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type AuditEvent = ListAuditEventsResponse['data'][number];

interface FilterFlags {
  readonly actor?: string;
  readonly action?: string;
  readonly resource?: string;
  readonly since?: string;
  readonly until?: string;
  readonly everything?: boolean;
}

/** A moment as RFC 3339, or a span before now. */
const parsePast = (text: string): string => {
  const at = /^\d{4}-/.test(text) ? Date.parse(text) : Date.now() - parseSpan(text) * 1000;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('It must be a time like 2030-01-31T12:00:00Z, or a span like 2h.');
  return new Date(at).toISOString();
};

const filterOptions = (): Option[] => [
  option('--actor <id>', 'only what they did: a user or key'),
  option('--action <action>', 'only this, like task.create, or a kind of resource, like "task.*"'),
  option('--resource <id>', 'only what was done to this'),
  option('--since <time>', 'from this moment on: RFC 3339, or a span ago like 2h').argParser(parsePast),
  option('--until <time>', 'before this moment').argParser(parsePast),
  option('--everything', 'of the whole installation, not only of the project'),
];

const filterOf = ({ actor, action, resource, since, until, everything }: FilterFlags) => ({
  ...(actor !== undefined && { actor }),
  ...(action !== undefined && { action }),
  ...(resource !== undefined && { resource }),
  ...(since !== undefined && { from: since }),
  ...(until !== undefined && { to: until }),
  ...(everything && { scope: 'installation' as const }),
});

const columns = (now: number): Column<AuditEvent>[] => [
  { title: 'ENTRY', value: ({ seq }) => String(seq), right: true, keep: true },
  { title: 'AT', value: ({ at }) => formatWhen(at, now) },
  { title: 'ACTOR', value: ({ actor }) => actor },
  { title: 'ACTION', value: ({ action }) => action, keep: true },
  { title: 'RESOURCE', value: ({ resource }) => resource, keep: true },
];

const list = () =>
  registryCommand<PageFlags & FilterFlags>({
    name: 'list',
    description: 'list what was changed, newest first',
    options: [...filterOptions(), ...pageOptions()],
    examples: ['audit list --since 1d', 'audit list --action "rollout.*" --all --json'],
    run: async ({ call, out, flags }) => {
      const filter = filterOf(flags);
      const page = await readPages(flags, (query) => listAuditEvents({ ...call, query: { ...query, ...filter } }));
      out.list<AuditEvent>(page, columns(Date.now()), ({ seq }) => String(seq));
    },
  });

const exportLog = () =>
  registryCommand<FilterFlags & { output?: string }>({
    name: 'export',
    description: 'write what was changed, oldest first, one JSON object a line',
    options: [...filterOptions(), option('-o, --output <file>', 'file to write (default: standard output)')],
    examples: ['audit export --everything --output audit.ndjson', 'audit export --since 7d | jq .action'],
    run: async ({ call, flags }) => {
      const { data } = await exportAuditEvents({ ...call, query: filterOf(flags), parseAs: 'stream' });
      const lines = Readable.fromWeb(data as unknown as Parameters<typeof Readable.fromWeb>[0]);
      if (flags.output === undefined) await pipeline(lines, process.stdout, { end: false });
      else await pipeline(lines, createWriteStream(flags.output));
    },
  });

/** @throws UsageError when the file holds no checkpoint */
const readCheckpoint = async (file: string): Promise<{ seq: number; hash: string }> => {
  try {
    const { seq, hash } = auditCheckpointSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return { seq, hash };
  } catch {
    throw new UsageError(`${file} holds no checkpoint.`, 'Write one by "kernelcast audit checkpoint --json".');
  }
};

const verify = () =>
  registryCommand<{ checkpoint?: string }>({
    name: 'verify',
    description: 'recompute the hash chain and compare it with its signed checkpoints',
    options: [option('-c, --checkpoint <file>', 'a checkpoint that was kept elsewhere must be in the chain as well')],
    examples: ['audit verify', 'audit verify --checkpoint /safe/kernelcast-checkpoint.json'],
    notes: 'Exits with 1 when the log was tampered with, and says at which entry.',
    run: async ({ call, out, flags }) => {
      const query = flags.checkpoint === undefined ? {} : await readCheckpoint(flags.checkpoint);
      const { data } = await verifyAuditEvents({ ...call, query });
      const { broken } = data;
      if (broken) {
        if (out.json) out.writeJson(data);
        throw new CliError(`The audit log is broken at entry ${broken.seq}: ${broken.detail}.`, {
          code: broken.reason,
          advice: `The ${formatCount(data.entries)} entries with right hashes end at ${data.lastSeq}. Compare with an export or a backup.`,
        });
      }
      const checked = `${formatCount(data.entries)} entries, ${formatCount(data.checkpoints)} checkpoints`;
      out.done(data, data.lastHash, `The audit log is intact: ${checked}; the last entry is ${data.lastSeq}.`);
    },
  });

const checkpoint = () =>
  registryCommand({
    name: 'checkpoint',
    description: 'sign the present end of the log, to be kept where nobody can change it',
    examples: ['audit checkpoint --json > /safe/kernelcast-checkpoint.json'],
    run: async ({ call, out }) => {
      const { data } = await createAuditCheckpoint({ ...call, ...creating() });
      out.done(data, data.hash, `Entry ${data.seq} has the hash ${data.hash}, signed by ${data.kid}.`);
    },
  });

/** `kernelcast audit`: who changed what. */
export const auditCommand = (): Command =>
  commandGroup('audit', 'who changed what', [list(), exportLog(), verify(), checkpoint()]);
