import { Inject, Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import type { Digest } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { blobKey, OBJECT_STORE } from '@kernelcast/storage';
import type { ByteRange, ObjectStore } from '@kernelcast/storage';
import { FleetState } from '../fleet/fleet-state.js';
import type { KnownDevice } from '../fleet/fleet-state.js';

@Injectable()
export class BlobsService {
  constructor(
    private readonly fleet: FleetState,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /**
   * Size in bytes of a blob that the device's manifest names.
   * @throws AppError `blob_not_found` for every other blob, whether it exists or not
   */
  sizeOf(device: KnownDevice, digest: Digest): number {
    const { assignments } = this.fleet.desiredFor(device);
    const assignment = assignments.find((candidate) => candidate.digest === digest);
    if (assignment === undefined) throw new AppError('blob_not_found');
    return assignment.size;
  }

  async open(digest: Digest, range?: ByteRange): Promise<Readable> {
    const { stream } = await this.store.open(blobKey(digest), range);
    return stream;
  }
}
