import { listSessions, revokeSession, type ListSessionsResponse } from '@kernelcast/api-client';
import type { Command } from 'commander';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { commandGroup, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type Session = ListSessionsResponse['data'][number];

const columns = (now: number): Column<Session>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'BY', value: ({ method }) => method.replace('_', ' ') },
  { title: 'FROM', value: ({ userAgent }) => userAgent ?? '-' },
  { title: 'USED', value: ({ lastUsedAt, current }) => (current ? 'this one' : formatWhen(lastUsedAt, now)) },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ENDS', value: ({ expiresAt }) => formatWhen(expiresAt, now) },
];

const list = () =>
  registryCommand<PageFlags>({
    name: 'list',
    description: 'list your own logins',
    options: pageOptions(),
    examples: ['sessions list'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) => listSessions({ ...call, query }));
      out.list<Session>(page, columns(Date.now()), ({ id }) => id);
    },
  });

const end = () =>
  registryCommand({
    name: 'end',
    description: 'end one of your own logins, on whichever machine it is',
    operands: [['<session>', 'ses_…']],
    examples: ['sessions end ses_01J…'],
    run: async ({ call, out }, id = '') => {
      await revokeSession({ ...call, path: { id } });
      out.done({ id }, id, `The session ${id} has ended.`);
    },
  });

/** `kernelcast sessions`: where one is logged in. */
export const sessionsCommand = (): Command => commandGroup('sessions', 'your own logins', [list(), end()]);
