import {
  createUser,
  getUser,
  listUsers,
  resetUserPassword,
  updateUser,
  type ListUsersResponse,
} from '@kernelcast/api-client';
import { roleSchema, type Role } from '@kernelcast/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import { CliError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { commandGroup, option, registryCommand, type CommandContext } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type User = ListUsersResponse['data'][number];
interface Grant {
  readonly project: string;
  readonly role: Role;
}

const rolesOf = ({ installationAdmin, memberships }: User): string =>
  [
    ...(installationAdmin ? ['installation admin'] : []),
    ...memberships.map(({ projectName, role }) => `${projectName}=${role}`),
  ].join(', ') || '-';

const columns = (now: number): Column<User>[] => [
  { title: 'EMAIL', value: ({ email }) => email, keep: true },
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ROLES', value: rolesOf },
  {
    title: 'STATE',
    value: ({ disabledAt }) => (disabledAt ? 'disabled' : 'active'),
    style: ({ disabledAt }) => (disabledAt ? 'red' : undefined),
  },
  { title: 'LAST LOGIN', value: ({ lastLoginAt }) => formatWhen(lastLoginAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

const fieldsOf = (user: User) =>
  [
    ['id', user.id],
    ['email', user.email],
    ['name', user.name],
    ['roles', rolesOf(user)],
    [
      'logs in by',
      [user.hasPassword && 'password', user.external && 'provider'].filter(Boolean).join(', ') || 'nothing yet',
    ],
    ['disabled', user.disabledAt && formatWhen(user.disabledAt, Date.now())],
    ['last login', formatWhen(user.lastLoginAt, Date.now())],
    ['created', formatWhen(user.createdAt, Date.now())],
  ] as const;

/** A user by id or email. @throws CliError when there is none */
const find = async (call: CommandContext<object>['call'], text: string): Promise<User> => {
  if (text.startsWith('usr_')) return (await getUser({ ...call, path: { id: text } })).data;
  const [user] = (await listUsers({ ...call, query: { email: text, limit: 1 } })).data.data;
  if (user) return user;
  throw new CliError(`There is no user ${text}`, { advice: 'See who there is: kernelcast users list' });
};

/** Gathers repeated `project=role`. @throws InvalidArgumentError when it is none */
const collectGrants = (text: string, before: readonly Grant[] = []): Grant[] => {
  const at = text.lastIndexOf('=');
  const role = roleSchema.safeParse(text.slice(at + 1));
  if (at < 1 || !role.success)
    throw new InvalidArgumentError(`It must be project=role, the role one of ${roleSchema.options.join(', ')}.`);
  return [...before, { project: text.slice(0, at), role: role.data }];
};

const USER = [['<user>', 'email, or usr_…']] as const;
const grantOption = (description: string) =>
  option('-r, --role <project=role>', `${description}; may be given several times`).argParser(collectGrants);

const list = () =>
  registryCommand<PageFlags & { disabled?: boolean }>({
    name: 'list',
    description: 'list users',
    options: [option('--disabled', 'only those who may not log in'), ...pageOptions()],
    examples: ['users list', 'users list --disabled'],
    run: async ({ call, out, flags }) => {
      const disabled = flags.disabled ? { disabled: 'true' } : {};
      const page = await readPages(flags, (query) => listUsers({ ...call, query: { ...query, ...disabled } }));
      out.list<User>(page, columns(Date.now()), ({ id }) => id);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a user',
    operands: USER,
    examples: ['users show ada@example.org'],
    run: async ({ call, out }, text = '') => {
      const user = await find(call, text);
      out.one(user, user.id, () => fieldsOf(user));
    },
  });

const create = () =>
  registryCommand<{ name?: string; role?: Grant[]; installationAdmin?: boolean }>({
    name: 'create',
    description: 'create a user; the token to choose a password with is shown once',
    operands: [['<email>', 'what the user logs in with']],
    options: [
      option('-n, --name <name>', 'how people call the user (default: the email)'),
      grantOption('what the user may do in a project'),
      option('--installation-admin', 'admin of users, projects and everything else'),
    ],
    examples: ['users create ada@example.org --name "Ada" --role default=approver --role vision=trainer'],
    run: async ({ call, out, flags }, email = '') => {
      const { name = email, role: memberships = [], installationAdmin = false } = flags;
      const body = { email, name, memberships, installationAdmin };
      const { data } = await createUser({ ...call, ...creating(), body });
      out.answer(data, data.id, () => tokenText(data.passwordReset, `${data.email} (${data.id}) is created.`));
    },
  });

const tokenText = (reset: { token: string; expiresAt: string } | null, sentence: string): string =>
  reset === null
    ? sentence
    : `${sentence}\nToken to choose a password with, good until ${reset.expiresAt}, shown once:\n${reset.token}`;

const change = (name: string, spec: { description: string; body: { disabled: boolean }; done: string }) =>
  registryCommand({
    name,
    description: spec.description,
    operands: USER,
    examples: [`users ${name} ada@example.org`],
    run: async ({ call, out }, text = '') => {
      const { id } = await find(call, text);
      const { data } = await updateUser({ ...call, path: { id }, body: spec.body });
      out.done(data, data.id, `${data.email} ${spec.done}.`);
    },
  });

const roles = () =>
  registryCommand<{ role?: Grant[]; installationAdmin?: boolean }>({
    name: 'roles',
    description: 'set what a user may do: the roles that are given replace all that were',
    operands: USER,
    options: [
      grantOption('a project and the role in it'),
      option('--installation-admin', 'make the user an admin of the installation'),
      option('--no-installation-admin', 'make the user no admin of the installation any more'),
    ],
    examples: [
      'users roles ada@example.org --role default=operator',
      'users roles ada@example.org --installation-admin',
    ],
    run: async ({ call, out, flags }, text = '') => {
      const { id } = await find(call, text);
      const { role: memberships, installationAdmin } = flags;
      const body = {
        ...(memberships && { memberships }),
        ...(installationAdmin !== undefined && { installationAdmin }),
      };
      const { data } = await updateUser({ ...call, path: { id }, body });
      out.done(data, data.id, `${data.email}: ${rolesOf(data)}.`);
    },
  });

const resetPassword = () =>
  registryCommand({
    name: 'reset-password',
    description: "take a user's password away, end all sessions, and get a token to choose another (shown once)",
    operands: USER,
    examples: ['users reset-password ada@example.org'],
    run: async ({ call, out }, text = '') => {
      const { id, email } = await find(call, text);
      const { data } = await resetUserPassword({ ...call, ...creating(), path: { id } });
      out.answer(data, data.token, () => tokenText(data, `The password of ${email} is gone.`));
    },
  });

/** `kernelcast users`: who may log in, and what they may do where. For admins of the installation. */
export const usersCommand = (): Command =>
  commandGroup('users', 'people, and what they may do', [
    list(),
    show(),
    create(),
    roles(),
    change('disable', { description: 'let a user log in no more', body: { disabled: true }, done: 'is disabled' }),
    change('enable', { description: 'let a user log in again', body: { disabled: false }, done: 'may log in again' }),
    resetPassword(),
  ]);
