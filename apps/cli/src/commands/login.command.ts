import {
  createRegistryClient,
  getPrincipal,
  getServerVersion,
  type GetPrincipalResponse,
} from '@kernelcast/api-client';
import { Command } from 'commander';
import { chooseConnection, parseServer } from '../connection/choose-connection.js';
import { listInstances } from '../connection/local-instances.js';
import { checkProfileName, readProfiles, writeProfiles } from '../connection/profiles.js';
import { instancesFolder, profilesFile } from '../connection/user-folders.js';
import { CliError, UsageError } from '../failures/cli-error.js';
import { describeFailure, looksForeign } from '../failures/describe-failure.js';
import { speakTheSame } from '../failures/versions.js';
import { registryOf, warn } from '../framework/open-connection.js';
import { askFor, askSecretly, readSecret } from '../framework/prompt.js';
import { printerFor, registryCommand, withExamples, type SharedFlags } from '../framework/registry-command.js';
import { VERSION } from '../framework/version.js';

interface LoginFlags extends SharedFlags {
  readonly apiKey?: string;
}

const DEFAULT_PROFILE = 'default';

const keyFrom = async (source: string | undefined): Promise<string> => {
  if (source === undefined) return askSecretly('API key (not shown): ');
  if (source === '-') return readSecret(process.stdin);
  throw new UsageError(
    'A key on the command line is seen by everybody on this machine',
    'Pipe it instead: kernelcast login --api-key - < key.txt',
  );
};

/** The server that is named, or that of the profile or of the platform here, or asked for. */
const serverFor = async (flags: LoginFlags, profile: string): Promise<string> => {
  const { env } = process;
  const given =
    flags.server ?? (env['KERNELCAST_URL'] || readProfiles(profilesFile(env), warn).profiles[profile]?.server);
  if (given) return parseServer(given);
  const instances = listInstances(instancesFolder(env));
  if (instances.length > 0)
    return chooseConnection({ flags: {}, env: {}, profiles: { profiles: {} }, instances, folder: process.cwd() })
      .server;
  return parseServer(await askFor('Address of the registry: '));
};

/** Asks the registry whose the credential is, and warns of another release. */
const introduce = async (server: string, credential: string): Promise<GetPrincipalResponse> => {
  const registry = registryOf({ server, credential });
  const connection = { server, credential, source: 'what was given' };
  try {
    const theirs = await getServerVersion(registry);
    if (!speakTheSame(VERSION, theirs))
      warn(`the registry is of release ${theirs}, this program of ${VERSION}: some commands may not work`);
    return (await getPrincipal({ client: createRegistryClient(registry), throwOnError: true })).data;
  } catch (error) {
    const theirs = looksForeign(error) ? await getServerVersion(registry).catch(() => undefined) : undefined;
    throw describeFailure(error, { connection, keyFromEnvironment: false, ours: VERSION, ...(theirs && { theirs }) });
  }
};

const login = async (flags: LoginFlags): Promise<void> => {
  const name = checkProfileName(flags.profile ?? DEFAULT_PROFILE);
  const server = await serverFor(flags, name);
  const credential = await keyFrom(flags.apiKey);
  const principal = await introduce(server, credential);
  const file = profilesFile(process.env);
  const { profiles } = readProfiles(file, warn);
  const project = flags.project ?? profiles[name]?.project;
  writeProfiles(file, {
    current: name,
    profiles: { ...profiles, [name]: { server, credential, ...(project && { project }) } },
  });
  printerFor(flags).done(
    principal,
    principal.id,
    `Logged in to ${server} as ${principal.name} (${principal.role}); saved as profile "${name}".`,
  );
};

/** `kernelcast login`: saves a credential for later commands. */
export const loginCommand = (): Command =>
  withExamples(
    new Command('login')
      .description('save a credential for a registry, after asking the registry whose it is')
      .option('-s, --server <url>', 'address of the registry (KERNELCAST_URL; default: the platform that runs here)')
      .option('--profile <name>', `name to save it by (default: ${DEFAULT_PROFILE})`)
      .option('--project <name>', 'project that commands work in from now on')
      .option('--api-key <->', 'read an API key from standard input; without it, it is asked for')
      .option('--json', 'print JSON')
      .option('-q, --quiet', 'print ids only')
      .action(login),
    [
      'login --server https://kernelcast.example.org',
      'login --server https://kernelcast.example.org --profile production --api-key - < key.txt',
    ],
    'The credential is kept in $XDG_CONFIG_HOME/kernelcast/config.json, for you alone.',
  );

const logout = async (flags: SharedFlags): Promise<void> => {
  const file = profilesFile(process.env);
  const { current, profiles } = readProfiles(file, warn);
  const name = flags.profile ?? current;
  const profile = name === undefined ? undefined : profiles[name];
  if (name === undefined || !profile)
    throw new CliError(name === undefined ? 'Nobody is logged in' : `There is no profile "${name}"`);
  const { [name]: _gone, ...left } = profiles;
  writeProfiles(file, { ...(current !== name && { current }), profiles: left });
  printerFor(flags).done(
    { profile: name, server: profile.server },
    name,
    `Logged out of ${profile.server}; profile "${name}" is gone.`,
  );
};

/** `kernelcast logout`: forgets a credential. */
export const logoutCommand = (): Command =>
  withExamples(
    new Command('logout')
      .description('forget the credential of a profile')
      .option('--profile <name>', 'profile to forget (default: the current one)')
      .option('--json', 'print JSON')
      .option('-q, --quiet', 'print the name only')
      .action(logout),
    ['logout', 'logout --profile production'],
    'An API key stays valid: kernelcast keys revoke ends it.',
  );

/** `kernelcast whoami`: which registry, and as whom. */
export const whoamiCommand = (): Command =>
  registryCommand({
    name: 'whoami',
    description: 'tell which registry commands go to, and as whom',
    examples: ['whoami', 'whoami --profile local'],
    run: async ({ call, out, connection, registry }) => {
      const { data } = await getPrincipal(call);
      const version = await getServerVersion(registry);
      const { server, project, source } = connection;
      out.one({ ...data, server, version, project: project ?? null, source }, data.id, () => [
        ['name', data.name],
        ['role', data.role],
        ['id', data.id],
        ['server', server],
        ['release', speakTheSame(VERSION, version) ? version : `${version}; this program is of ${VERSION}`],
        ['project', project],
        ['by', source],
      ]);
    },
  });
