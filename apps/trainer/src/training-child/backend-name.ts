import { BACKEND_NAMES, BackendError, type BackendName } from '@kernelcast/compute';

/** @throws {BackendError} for a name that no backend has */
export function backendName(name: string | undefined): BackendName | undefined {
  if (name === undefined) return undefined;
  const known = BACKEND_NAMES.find((candidate) => candidate === name);
  if (known === undefined) throw new BackendError(name, `there is no such one; known: ${BACKEND_NAMES.join(', ')}`);
  return known;
}
