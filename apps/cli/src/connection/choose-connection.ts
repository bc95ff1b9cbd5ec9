import path from 'node:path';
import { CliError, UsageError } from '../failures/cli-error.js';
import type { LocalInstance } from './local-instances.js';
import { LOCAL_PROFILE, type Profile, type Profiles } from './profiles.js';

export interface ConnectionFlags {
  readonly server?: string;
  readonly profile?: string;
  readonly project?: string;
}

export interface Surroundings {
  readonly flags: ConnectionFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly profiles: Profiles;
  readonly instances: readonly LocalInstance[];
  readonly folder: string;
}

export interface Connection {
  /** Origin of the registry, without a slash at the end. */
  readonly server: string;
  readonly credential?: string;
  readonly project?: string;
  /** Where it was found, for people. */
  readonly source: string;
  readonly profile?: string;
}

/** @throws UsageError when it is no address of a registry */
export const parseServer = (text: string): string => {
  const url = URL.parse(text);
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`"${text}" is no address of a registry`, 'Give one like https://kernelcast.example.org');
  if (url.username || url.password)
    throw new UsageError('An address carries no password', 'Use kernelcast login, or KERNELCAST_API_KEY.');
  return url.href.replace(/\/+$/, '').replace(/\/v1$/, '');
};

/** The one started in this folder, else the only one. */
const localInstance = ({ instances, folder }: Surroundings): LocalInstance | undefined => {
  const here = instances.find(({ dataDir }) => path.dirname(dataDir) === folder || dataDir === folder);
  if (here || instances.length <= 1) return here ?? instances[0];
  throw new UsageError(
    `${instances.length} platforms run on this machine: ${instances.map(({ server }) => server).join(', ')}`,
    'Name one with --server.',
  );
};

const fromInstance = ({ server, credential, dataDir }: LocalInstance): Connection => ({
  server,
  credential,
  source: `kernelcast up, ${dataDir}`,
  profile: LOCAL_PROFILE,
});

const fromProfile = (name: string, profile: Profile): Connection => ({
  ...profile,
  server: parseServer(profile.server),
  source: `profile ${name}`,
  profile: name,
});

/** A credential goes to no server but the one it was saved for. */
const savedFor = (server: string, { profiles, instances }: Surroundings): Connection => {
  const known = Object.entries(profiles.profiles).sort(
    ([a], [b]) => Number(b === profiles.current) - Number(a === profiles.current),
  );
  const profile = known.find(([, saved]) => parseServer(saved.server) === server);
  if (profile) return fromProfile(...profile);
  const local = instances.find((instance) => instance.server === server);
  return local ? fromInstance(local) : { server, source: 'its address alone' };
};

const named = (name: string, around: Surroundings): Connection => {
  const profile = around.profiles.profiles[name];
  if (profile) return fromProfile(name, profile);
  if (name !== LOCAL_PROFILE) {
    const known = Object.keys(around.profiles.profiles);
    const advice = known.length > 0 ? `There are: ${known.join(', ')}.` : `Make it: kernelcast login --profile ${name}`;
    throw new UsageError(`There is no profile "${name}"`, advice);
  }
  const local = localInstance(around);
  if (!local) throw new CliError('No platform runs on this machine', { advice: 'Start one: kernelcast up' });
  return fromInstance(local);
};

const unmodified = (around: Surroundings): Connection => {
  const { flags, env, profiles } = around;
  const server = flags.server ?? (flags.profile ? undefined : env['KERNELCAST_URL'] || undefined);
  if (server !== undefined) return savedFor(parseServer(server), around);
  const name = flags.profile ?? (env['KERNELCAST_PROFILE'] || profiles.current);
  if (name !== undefined) return named(name, around);
  const local = localInstance(around);
  if (local) return fromInstance(local);
  throw new CliError('No registry is known: none runs on this machine, and no profile is saved', {
    advice: 'Start one with "kernelcast up", or name one: kernelcast login --server https://…',
    code: 'no_connection',
  });
};

/**
 * Finds the registry to talk to: `--server` or `--profile`, else `KERNELCAST_URL` or `KERNELCAST_PROFILE`, else the
 * current profile, else the platform that runs on this machine. `KERNELCAST_API_KEY` replaces whatever credential goes
 * with it; `--project` and `KERNELCAST_PROJECT` the project.
 *
 * @throws UsageError, CliError when there is none, or more than one could be meant
 */
export const chooseConnection = (around: Surroundings): Connection => {
  const found = unmodified(around);
  const credential = around.env['KERNELCAST_API_KEY'] || found.credential;
  const project = around.flags.project ?? (around.env['KERNELCAST_PROJECT'] || found.project);
  return { ...found, ...(credential && { credential }), ...(project && { project }) };
};
