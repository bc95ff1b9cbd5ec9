import {
  baseNetworkUploadSchema,
  type BaseImportSource,
  type BaseNetwork,
  type BaseNetworkFinding,
  type BaseNetworkUploadFields,
} from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { withFingerprint, type Actor } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { BaseNetworksRepository, type NewBaseNetwork } from '../base-networks.repository.js';
import { BaseCheck } from '../validation/base-check.service.js';
import { BaseValidation } from '../validation/base-validation.service.js';
import { importSourceOf } from './import-source.js';
import { ImportStore } from './import-store.js';
import type { ReceivedUpload } from './receive-upload.js';

/** How long an upload waits for its validation before it answers `validating`; small networks take a second. */
const PATIENCE_MS = 30_000;

type Files = Omit<NewBaseNetwork, 'id' | 'name' | 'source'>;

/** Takes base networks in, in any of their forms. */
@Injectable()
export class BaseImports {
  constructor(
    private readonly store: ImportStore,
    private readonly bases: BaseNetworksRepository,
    private readonly check: BaseCheck,
    private readonly validation: BaseValidation,
    private readonly changes: Changes,
  ) {}

  /**
   * Registers a base network and has it run.
   * @param receive writes the files of the upload to a folder
   * @throws AppError `base_network_invalid` when the files are no base network, `name_taken`, and whatever `receive` does
   */
  async create(actor: Actor, receive: (folder: string) => Promise<ReceivedUpload>): Promise<BaseNetwork> {
    return this.store.inFolder(async (folder) => {
      const upload = await receive(folder);
      const fields = baseNetworkUploadSchema.parse(upload.texts);
      const source = importSourceOf(fields, upload);
      const files = await this.convert(folder, source);
      const { id } = await this.register(actor, { fields, source, files });
      this.validation.wake();
      await this.validation.settled(id, PATIENCE_MS);
      return this.bases.read(id);
    });
  }

  private async convert(folder: string, source: BaseImportSource): Promise<Files> {
    const { answer } = await this.check.run({ type: 'import', folder, source });
    if (answer.type === 'imported') {
      const { type: _, ...shape } = answer;
      return { ...shape, ...(await this.store.keep(folder, source)) };
    }
    if (answer.type === 'ran') throw new Error('a base check answered another order');
    throw refusal(answer.finding);
  }

  private register(
    actor: Actor,
    { fields: { name }, source: { form: source }, files }: Registration,
  ): Promise<BaseNetwork> {
    return this.changes.commit(withFingerprint(actor, `${name} ${source} ${files.digest}`), async (tx) => {
      const base = await this.bases.create(tx, { id: newId('baseNetwork'), name, source, ...files });
      if (!base) throw new AppError('name_taken', `A base network named "${name}" or with the same files exists`);
      return { result: base, audit: { action: 'base_network.create', resource: base.id, after: base } };
    });
  }
}

interface Registration {
  readonly fields: BaseNetworkUploadFields;
  readonly source: BaseImportSource;
  readonly files: Files;
}

/** Says what is wrong: in `errors` with the name of what is at fault as a pointer, its code before the words. */
const refusal = ({ code, subject, detail }: BaseNetworkFinding): AppError => {
  const pointer = `/body/${(subject ?? '').replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return new AppError('base_network_invalid', detail, { errors: [{ pointer, detail: `${code}: ${detail}` }] });
};
