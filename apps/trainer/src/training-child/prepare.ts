import { initBackend } from '@kernelcast/compute';
import { SpareThreads } from '@kernelcast/training';
import { backendName } from './backend-name.js';
import type { Preparation } from './messages.js';

/**
 * Loads what any job needs: the backend, and the threads to train on where it leaves these to us.
 * @throws {BackendError}
 */
export async function prepare({ backend, nativeFolder, threads }: Preparation): Promise<SpareThreads | undefined> {
  const { name } = await initBackend({ force: backendName(backend), native: { folder: nativeFolder, threads } });
  return name === 'wasm' && threads !== undefined && threads > 1 ? new SpareThreads({ threads }) : undefined;
}
