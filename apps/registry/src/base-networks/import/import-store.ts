import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { canonicalJson, digestOf } from '@kernelcast/artifact';
import { BASE_CHECK_FILES as FILES, type BaseImportSource } from '@kernelcast/contracts';
import { OBJECT_STORE, putBlob, putBlobStream, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';
import { MAX_WEIGHTS_BYTES } from './receive-upload.js';

/** Import turns half into single precision at most. */
const LARGEST_IMPORT_BYTES = 4 * MAX_WEIGHTS_BYTES;

/** Where uploads wait, and where what came of them stays. */
@Injectable()
export class ImportStore {
  constructor(
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  /** Gives work a folder of its own, which is gone afterwards. */
  async inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(path.join(this.config.KERNELCAST_UPLOAD_DIR, 'kernelcast-base-'));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /**
   * Blobs first: a row must never name bytes that are not there. Without the row they are only unused.
   * @returns the digests: that of the network names both files
   */
  async keep(folder: string, { form }: BaseImportSource) {
    const graphDigest = await putBlob(this.store, await readFile(path.join(folder, FILES.importedGraph)));
    const file = form === 'graph' ? FILES.weights : FILES.importedWeights;
    const { digest: weightsDigest, size: weightsSize } = await putBlobStream(
      this.store,
      createReadStream(path.join(folder, file)),
      { limitBytes: LARGEST_IMPORT_BYTES },
    );
    const identity = new TextEncoder().encode(canonicalJson({ graph: graphDigest, weights: weightsDigest }));
    return { graphDigest, weightsDigest, weightsSize, digest: await digestOf(identity) };
  }
}
