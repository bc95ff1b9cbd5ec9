import type { Readable } from 'node:stream';
import type { Digest, Modulator, ModulatorVersion, Page, PageQuery } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { blobKey, OBJECT_STORE, type ByteRange, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { pageById, toPage } from '../paging/paging.js';
import { ReleaseKeyService } from '../release-key/release-key.service.js';
import {
  ModulatorsRepository,
  type Decision,
  type ModulatorsFilter,
  type VersionReference,
} from './modulators.repository.js';

@Injectable()
export class ModulatorsService {
  constructor(
    private readonly modulators: ModulatorsRepository,
    private readonly releaseKey: ReleaseKeyService,
    private readonly changes: Changes,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  async list(query: ModulatorsFilter): Promise<Page<Modulator>> {
    return pageById(await this.modulators.list(query), query);
  }

  /** @throws AppError `modulator_not_found` */
  async listVersions(modulatorId: string, query: PageQuery): Promise<Page<ModulatorVersion>> {
    if (!(await this.modulators.exists(modulatorId))) {
      throw new AppError('modulator_not_found', `There is no modulator ${modulatorId}`);
    }
    return toPage(await this.modulators.listVersions(modulatorId, query), query, ({ version }) => String(version));
  }

  /** @throws AppError `modulator_not_found` */
  async getVersion(reference: VersionReference): Promise<ModulatorVersion> {
    const version = await this.modulators.findVersion(reference);
    if (!version) throw new AppError('modulator_not_found', `There is no modulator version ${nameOf(reference)}`);
    return version;
  }

  /** The bytes of a version, or the range of them. */
  async openArtifact(digest: Digest, range?: ByteRange): Promise<Readable> {
    const { stream } = await this.store.open(blobKey(digest), range);
    return stream;
  }

  /**
   * Lets a version be released: the release key vouches for it from now on.
   * @throws AppError `modulator_not_found`, `approval_forbidden` when it has been decided on before
   */
  async approve(actor: Actor, reference: VersionReference, comment: string): Promise<ModulatorVersion> {
    const version = await this.getVersion(reference);
    const statement = await this.releaseKey.sign({
      modulatorDigest: version.digest,
      baseDigest: version.baseDigest,
      task: version.taskName,
      version: version.version,
    });
    return this.decide(actor, version, { state: 'approved', decidedBy: actor.id, comment, statement });
  }

  /** @throws AppError as {@link approve} */
  async reject(actor: Actor, reference: VersionReference, comment: string): Promise<ModulatorVersion> {
    const version = await this.getVersion(reference);
    return this.decide(actor, version, { state: 'rejected', decidedBy: actor.id, comment });
  }

  private decide(actor: Actor, { id }: ModulatorVersion, decision: Decision): Promise<ModulatorVersion> {
    return this.changes.commit(actor, async (tx) => {
      const before = await this.modulators.findVersion({ id }, tx);
      const result = await this.modulators.decide(tx, id, decision);
      if (!result) throw new AppError('approval_forbidden', `This version is ${before?.state} already`);
      const { state, comment } = decision;
      const audit = { action: `modulator_version.${state}`, resource: id };
      return { result, audit: { ...audit, before: { state: before?.state }, after: { state, comment } } };
    });
  }
}

const nameOf = (reference: VersionReference): string =>
  'id' in reference ? reference.id : `${reference.version} of ${reference.modulatorId}`;
