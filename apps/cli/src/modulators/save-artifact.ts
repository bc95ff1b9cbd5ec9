import { createHash } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { CliError } from '../failures/cli-error.js';

export interface Artifact {
  /** As the registry names it: `sha256:…`. */
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** @throws CliError when the bytes are not those that the digest names */
export const checkArtifact = ({ digest, bytes }: Artifact): void => {
  const found = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  if (found !== digest)
    throw new CliError(`What was downloaded is not ${digest} but ${found}`, { advice: 'Download it again.' });
};

/** Writes an artifact to a file that appears only when it is whole. */
export const saveArtifact = async (artifact: Artifact, file: string): Promise<void> => {
  checkArtifact(artifact);
  const partial = `${file}.part`;
  try {
    await writeFile(partial, artifact.bytes);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw new CliError(`${file} cannot be written: ${(error as Error).message}`, {
      advice: 'Name another with --output.',
      cause: error,
    });
  }
};
