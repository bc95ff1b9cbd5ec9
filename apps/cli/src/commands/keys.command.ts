import { createApiKey, listApiKeys, type ListApiKeysResponse } from '@kernelcast/api-client';
import { roleSchema, type Role } from '@kernelcast/contracts';
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
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
];

const create = () =>
  registryCommand<{ role: Role; expires?: number }>({
    name: 'create',
    description: 'create an API key; it is shown once',
    operands: [['<name>', 'what people recognise it by']],
    options: [
      option('-r, --role <role>', 'what it may do').choices(roleSchema.options).makeOptionMandatory(),
      option('-e, --expires <span>', 'how long it is good, like 12h or 90d (default: for ever)').argParser(parseSpan),
    ],
    examples: [
      'keys create ci --role trainer --expires 90d',
      'export KERNELCAST_API_KEY=$(kernelcast keys create ci -r trainer -q)',
    ],
    run: async ({ call, out, flags }, name = '') => {
      const { role, expires } = flags;
      const body = { name, role, ...(expires !== undefined && { expiresInSeconds: expires }) };
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

/** `kernelcast keys`: credentials for programs. */
export const keysCommand = (): Command => commandGroup('keys', 'API keys', [create(), list()]);
