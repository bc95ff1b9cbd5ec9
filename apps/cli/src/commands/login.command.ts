import {
  createRegistryClient,
  createSession,
  deleteSession,
  getPrincipal,
  getServerVersion,
  type GetPrincipalResponse,
} from '@kernelcast/api-client';
import { Command } from 'commander';
import { chooseConnection, parseServer } from '../connection/choose-connection.js';
import { listInstances } from '../connection/local-instances.js';
import { checkProfileName, readProfiles, writeProfiles, type Profile } from '../connection/profiles.js';
import { instancesFolder, profilesFile } from '../connection/user-folders.js';
import { CliError, UsageError } from '../failures/cli-error.js';
import { describeFailure, looksForeign } from '../failures/describe-failure.js';
import { speakTheSame } from '../failures/versions.js';
import { registryOf, warn } from '../framework/open-connection.js';
import { askFor, askSecretly, readSecret } from '../framework/prompt.js';
import { printerFor, withExamples, type SharedFlags } from '../framework/registry-command.js';
import { VERSION } from '../framework/version.js';
import { printable } from '../output/text.js';

interface LoginFlags extends SharedFlags {
  readonly apiKey?: string;
  readonly email?: string;
  readonly password?: string;
}

/** What proves who somebody is: a key as it is, or a password that buys a session. */
type Proof = { readonly apiKey: string } | { readonly email: string; readonly password: string };

const DEFAULT_PROFILE = 'default';
const API_KEY = /^kc_/;

/** A secret is piped in or typed, never part of a command line. */
const secretFrom = async (flag: '--api-key' | '--password', given: string | undefined): Promise<string | undefined> => {
  if (given === undefined) return undefined;
  if (given === '-') return readSecret(process.stdin);
  throw new UsageError(
    'A secret on the command line is seen by everybody on this machine',
    `Pipe it instead: kernelcast login ${flag} - < file`,
  );
};

const proofFrom = async (flags: LoginFlags): Promise<Proof> => {
  const apiKey = await secretFrom('--api-key', flags.apiKey);
  if (apiKey !== undefined) return { apiKey: apiKey.trim() };
  const email = flags.email ?? (await askFor('Email (nothing for an API key): '));
  if (email === '') return { apiKey: await askSecretly('API key (not shown): ') };
  return {
    email,
    password: (await secretFrom('--password', flags.password)) ?? (await askSecretly('Password (not shown): ')),
  };
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

interface Introduction {
  readonly principal: GetPrincipalResponse;
  readonly credential: string;
}

/** Runs what talks to a registry; a failure says what to do. */
const asking = async <T>(server: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    const theirs = looksForeign(error)
      ? await getServerVersion(registryOf({ server })).catch(() => undefined)
      : undefined;
    const connection = { server, credential: 'given', source: 'what was given' };
    throw describeFailure(error, { connection, keyFromEnvironment: false, ours: VERSION, ...(theirs && { theirs }) });
  }
};

const credentialFor = async (server: string, proof: Proof): Promise<string> => {
  if ('apiKey' in proof) return proof.apiKey;
  const client = createRegistryClient(registryOf({ server }));
  const { data } = await createSession({ client, throwOnError: true, body: { ...proof, as: 'token' } });
  if (data.token === null) throw new CliError('The registry gave no session token', { code: 'unexpected_answer' });
  return data.token;
};

/** Asks the registry whose the credential is, and warns of another release. */
const introduce = async (server: string, proof: Proof, project: string | undefined): Promise<Introduction> => {
  const theirs = await getServerVersion(registryOf({ server }));
  if (!speakTheSame(VERSION, theirs))
    warn(`the registry is of release ${theirs}, this program of ${VERSION}: some commands may not work`);
  const credential = await credentialFor(server, proof);
  const client = createRegistryClient(registryOf({ server, credential, ...(project && { project }) }));
  return { principal: (await getPrincipal({ client, throwOnError: true })).data, credential };
};

const login = async (flags: LoginFlags): Promise<void> => {
  const name = checkProfileName(flags.profile ?? DEFAULT_PROFILE);
  const server = await serverFor(flags, name);
  const proof = await proofFrom(flags);
  const file = profilesFile(process.env);
  const { profiles } = readProfiles(file, warn);
  const project = flags.project ?? profiles[name]?.project;
  const { principal, credential } = await asking(server, () => introduce(server, proof, project));
  const profile = { server, credential, ...(project && { project }) };
  writeProfiles(file, { current: name, profiles: { ...profiles, [name]: profile } });
  const sentence = `Logged in to ${server} as ${printable(principal.name)} (${principal.role}); saved as profile "${name}".`;
  printerFor(flags).done(principal, principal.id, sentence);
};

/** `kernelcast login`: saves a credential for later commands. */
export const loginCommand = (): Command =>
  withExamples(
    new Command('login')
      .description('save a credential for a registry, after asking the registry whose it is')
      .option('-s, --server <url>', 'address of the registry (KERNELCAST_URL; default: the platform that runs here)')
      .option('--profile <name>', `name to save it by (default: ${DEFAULT_PROFILE})`)
      .option('--project <name>', 'project that commands work in from now on')
      .option('-e, --email <address>', 'log in with a password, which is asked for')
      .option('--password <->', 'read the password from standard input')
      .option('--api-key <->', 'log in with an API key, read from standard input')
      .option('--json', 'print JSON')
      .option('-q, --quiet', 'print ids only')
      .action(login),
    [
      'login --server https://kernelcast.example.org',
      'login --email me@example.org --project vision',
      'login --server https://kernelcast.example.org --profile production --api-key - < key.txt',
    ],
    'A password buys a session, which is kept in place of it, as an API key is, in\n$XDG_CONFIG_HOME/kernelcast/config.json, for you alone.',
  );

/** A session ends with its profile, where the registry can be told; an API key goes on. */
const endSession = async ({ server, credential }: Profile): Promise<void> => {
  if (!credential || API_KEY.test(credential)) return;
  const client = createRegistryClient(registryOf({ server: parseServer(server), credential }));
  await deleteSession({ client, throwOnError: true }).catch((error: unknown) =>
    warn(`the session could not be ended at the registry: ${printable((error as Error).message)}`),
  );
};

const logout = async (flags: SharedFlags): Promise<void> => {
  const file = profilesFile(process.env);
  const { current, profiles } = readProfiles(file, warn);
  const name = flags.profile ?? current;
  const profile = name === undefined ? undefined : profiles[name];
  if (name === undefined || !profile)
    throw new CliError(name === undefined ? 'Nobody is logged in' : `There is no profile "${name}"`);
  await endSession(profile);
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
