import path from 'node:path';

/** Root of the repository: four folders up from `src/files` and from `dist/files` alike. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../../../..');
/** Git-ignored folder for what tests may keep between runs: fetched servers, prepared database clusters. */
export const cacheFolder = path.join(repositoryRoot, 'tmp/test-cache');
