import type { Readable } from 'node:stream';
import type {
  Digest,
  ListModulatorsQuery,
  ListModulatorVersionsQuery,
  Modulator,
  ModulatorVersion,
  Page,
  SearchModulatorVersionsQuery,
} from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { blobKey, OBJECT_STORE, type ByteRange, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { ModulatorsRepository, type VersionReference } from './modulators.repository.js';

@Injectable()
export class ModulatorsService {
  constructor(
    private readonly modulators: ModulatorsRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  list(projectId: string, query: ListModulatorsQuery): Promise<Page<Modulator>> {
    return this.modulators.list(projectId, query);
  }

  /** @throws AppError `modulator_not_found` */
  async get(projectId: string, id: string): Promise<Modulator> {
    const modulator = await this.modulators.find(projectId, id);
    if (!modulator) throw new AppError('modulator_not_found', `There is no modulator ${id}`);
    return modulator;
  }

  /** @throws AppError `modulator_not_found` */
  async listVersions(
    projectId: string,
    modulatorId: string,
    query: ListModulatorVersionsQuery,
  ): Promise<Page<ModulatorVersion>> {
    if (!(await this.modulators.exists(projectId, modulatorId))) {
      throw new AppError('modulator_not_found', `There is no modulator ${modulatorId}`);
    }
    return this.modulators.listVersions(modulatorId, query);
  }

  /** Versions of all modulators of a project. */
  searchVersions(projectId: string, query: SearchModulatorVersionsQuery): Promise<Page<ModulatorVersion>> {
    return this.modulators.searchVersions(projectId, query);
  }

  /** @throws AppError `modulator_not_found` */
  async getVersion(projectId: string, reference: VersionReference, tx?: Tx): Promise<ModulatorVersion> {
    const version = await this.modulators.findVersion(projectId, reference, tx);
    if (!version) throw new AppError('modulator_not_found', `There is no modulator version ${nameOf(reference)}`);
    return version;
  }

  /** The bytes of a version, or the range of them. */
  async openArtifact(digest: Digest, range?: ByteRange): Promise<Readable> {
    const { stream } = await this.store.open(blobKey(digest), range);
    return stream;
  }
}

const nameOf = (reference: VersionReference): string =>
  'id' in reference ? reference.id : `${reference.version} of ${reference.modulatorId}`;
