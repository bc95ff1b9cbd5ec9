import path from 'node:path';
import type { LocalInstance } from '../connection/local-instances.js';

export interface ReplayPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of a platform, when it was named. */
  readonly dataDir?: string;
  readonly fallback: string;
  readonly instances: readonly LocalInstance[];
}

/**
 * What a replay must know: database, objects and cache. What the environment says stays; the rest is that of the platform
 * which runs in the folder, or of the only one that runs.
 */
export const replayEnvironment = ({
  env,
  dataDir,
  fallback,
  instances,
}: ReplayPlace): Record<string, string | undefined> => {
  const named = dataDir === undefined ? undefined : path.resolve(dataDir);
  const only = instances.length === 1 ? instances[0] : undefined;
  const usual = path.resolve(fallback);
  const instance = instances.find((each) => each.dataDir === (named ?? usual)) ?? (named ? undefined : only);
  const root = named ?? instance?.dataDir ?? usual;
  return {
    KERNELCAST_STORE_DIR: path.join(root, 'objects'),
    KERNELCAST_CACHE_DIR: path.join(root, 'cache'),
    ...(instance?.databaseUrl && { DATABASE_URL: instance.databaseUrl }),
    ...env,
  };
};
