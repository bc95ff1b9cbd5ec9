import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface TempDir {
  readonly path: string;
  /** Removes the folder and what is in it. Idempotent. */
  remove(): void;
}

/** Makes an empty folder for one test. The system's temporary folder keeps it out of the repository's watchers. */
export const tempDir = (name = 'test'): TempDir => {
  const folder = mkdtempSync(path.join(os.tmpdir(), `kernelcast-${name}-`));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};
