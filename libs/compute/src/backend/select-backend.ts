import { BackendError } from './backend.errors.js';
import { BACKEND_NAMES, type BackendInfo, type BackendLoaders, type BackendName } from './backend.types.js';

function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split('\n', 1)[0] ?? message;
}

/**
 * Tries the loaders in the order of `BACKEND_NAMES`, or only the forced one.
 *
 * @throws BackendError (`backend_unavailable`) when the forced backend, or every backend, fails to load
 */
export async function selectBackend(loaders: BackendLoaders, force?: BackendName): Promise<BackendInfo> {
  if (force !== undefined && !BACKEND_NAMES.includes(force)) {
    throw new BackendError(force, `there are only ${BACKEND_NAMES.join(', ')}`);
  }
  const failures: string[] = [];
  for (const name of force === undefined ? BACKEND_NAMES : [force]) {
    try {
      const loaded = await loaders[name]();
      return { name, ...loaded, detail: [loaded.detail, ...failures].join('; ') };
    } catch (cause) {
      if (force !== undefined) throw new BackendError(name, reasonOf(cause), { cause });
      failures.push(`no ${name}: ${reasonOf(cause)}`);
    }
  }
  throw new BackendError('any', failures.join('; '));
}
