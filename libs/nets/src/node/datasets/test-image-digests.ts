import { createHash } from 'node:crypto';
import { openDatasetArchive } from './dataset-archive.js';
import { DATASET_LIMITS } from './dataset-limits.js';
import { DatasetError } from './dataset.error.js';

/**
 * SHA-256 of the file of each test image of a data set's zip, in the order in which `openDatasetZip` numbers them: what
 * an image is called wherever it lies, and however large a network wants it.
 *
 * @throws {DatasetError} as `openDatasetZip`; the signal's reason when aborted
 */
export async function testImageDigests(path: string, signal?: AbortSignal): Promise<Uint8Array[]> {
  const { zip, test } = await openDatasetArchive(path, DATASET_LIMITS);
  try {
    const members = new Map(zip.members.map((member) => [member.name, member]));
    const digests: Uint8Array[] = [];
    for (const name of test.names) {
      signal?.throwIfAborted();
      const bytes = await members.get(name)?.read();
      if (bytes === undefined) throw new DatasetError('vanished', name);
      digests.push(createHash('sha256').update(bytes).digest());
    }
    return digests;
  } finally {
    zip.close();
  }
}
