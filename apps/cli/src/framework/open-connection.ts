import { createRegistryClient, patientFetch, type RegistryClientOptions } from '@kernelcast/api-client';
import { chooseConnection, type Connection, type ConnectionFlags } from '../connection/choose-connection.js';
import { listInstances } from '../connection/local-instances.js';
import { readProfiles } from '../connection/profiles.js';
import { instancesFolder, profilesFile } from '../connection/user-folders.js';

interface OpenConnection {
  readonly connection: Connection;
  readonly registry: RegistryClientOptions;
  readonly client: ReturnType<typeof createRegistryClient>;
}

export const warn = (text: string): void => console.error(`kernelcast: ${text}`);

/** A client for what flags, environment, saved profiles and running platforms lead to. */
export const openConnection = (flags: ConnectionFlags, onNotice?: (text: string) => void): OpenConnection => {
  const { env } = process;
  const connection = chooseConnection({
    flags,
    env,
    profiles: readProfiles(profilesFile(env), warn),
    instances: listInstances(instancesFolder(env)),
    folder: process.cwd(),
  });
  const registry = registryOf(connection, onNotice);
  return { connection, registry, client: createRegistryClient(registry) };
};

export const registryOf = (
  { server, credential, project }: Pick<Connection, 'server' | 'credential' | 'project'>,
  onNotice?: (text: string) => void,
): RegistryClientOptions => ({
  baseUrl: server,
  ...(credential && { apiKey: credential }),
  ...(project && { project }),
  fetch: patientFetch({
    onRetry: (reason, waitMs) => onNotice?.(`${reason}; again in ${(waitMs / 1000).toFixed(1)} s`),
  }),
});
