import {
  createApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
  type ListApiKeysResponse,
} from '@kernelcast/api-client';
import { keyScopeSchema, roleSchema, type KeyScope, type Role } from '@kernelcast/contracts';
import type { Command } from 'commander';
import { creating } from '../framework/creating.js';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { parseSpan } from '../framework/parsers.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type ApiKey = ListApiKeysResponse['data'][number];

const stateOf = ({ revokedAt, expiresAt }: ApiKey, now: number): string => {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active';
};

const columns = (now: number): Column<ApiKey>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ROLE', value: ({ role }) => role },
  { title: 'KEY', value: ({ prefix }) => `${prefix}…` },
  {
    title: 'STATE',
    value: (key) => stateOf(key, now),
    style: (key) => (stateOf(key, now) === 'active' ? undefined : 'red'),
  },
  { title: 'EXPIRES', value: ({ expiresAt }) => formatWhen(expiresAt, now) },
  { title: 'USED', value: ({ lastUsedAt }) => formatWhen(lastUsedAt, now) },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
];

const create = () =>
  registryCommand<{ role: Role; expires?: number; scope?: KeyScope[] }>({
    name: 'create',
    description: 'create an API key; it is shown once',
    operands: [['<name>', 'what people recognise it by']],
    options: [
      option('-r, --role <role>', 'what it may do').choices(roleSchema.options).makeOptionMandatory(),
      option('--scope <scopes...>', 'narrows the role to these').choices(keyScopeSchema.options),
      option('-e, --expires <span>', 'how long it is good, like 12h or 90d (default: for ever)').argParser(parseSpan),
    ],
    examples: [
      'keys create ci --role trainer --expires 90d',
      'export KERNELCAST_API_KEY=$(kernelcast keys create ci -r trainer -q)',
    ],
    run: async ({ call, out, flags }, name = '') => {
      const { role, expires, scope } = flags;
      const body = {
        name,
        role,
        ...(expires !== undefined && { expiresInSeconds: expires }),
        ...(scope && { scopes: scope }),
      };
      const { data } = await createApiKey({ ...call, ...creating(), body });
      out.answer(data, data.secret, () => {
        out.note(
          `${data.id}, ${data.role}, ends ${data.expiresAt ? formatWhen(data.expiresAt, Date.now()) : 'never'}. It is not shown again.`,
        );
        return data.secret;
      });
    },
  });

const list = () =>
  registryCommand<PageFlags>({
    name: 'list',
    description: 'list API keys',
    options: pageOptions(),
    examples: ['keys list'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) => listApiKeys({ ...call, query }));
      out.list<ApiKey>(page, columns(Date.now()), ({ id }) => id);
    },
  });

const KEY = [['<key>', 'id, key_…']] as const;

const rotate = () =>
  registryCommand<{ overlap?: number; expires?: number }>({
    name: 'rotate',
    description: 'give an API key another secret; it is shown once',
    operands: KEY,
    options: [
      option('--overlap <span>', 'how long the old secret still works (default: 1d)').argParser(parseSpan),
      option('-e, --expires <span>', 'how long the key is good from now on').argParser(parseSpan),
    ],
    examples: ['keys rotate key_01J… --overlap 1h'],
    run: async ({ call, out, flags }, id = '') => {
      const { overlap, expires } = flags;
      const body = {
        ...(overlap !== undefined && { overlapSeconds: overlap }),
        ...(expires !== undefined && { expiresInSeconds: expires }),
      };
      const { data } = await rotateApiKey({ ...call, ...creating(), path: { id }, body });
      out.answer(data, data.secret, () => data.secret);
    },
  });

const revoke = () =>
  registryCommand({
    name: 'revoke',
    description: 'end an API key',
    operands: KEY,
    examples: ['keys revoke key_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await revokeApiKey({ ...call, path: { id } });
      out.done(data, data.id, `${data.id} (${data.name}) is revoked.`);
    },
  });

/** `kernelcast keys`: credentials for programs. */
export const keysCommand = (): Command => commandGroup('keys', 'API keys', [create(), list(), rotate(), revoke()]);
