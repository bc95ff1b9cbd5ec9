import type { ModulatorVersion } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { ModulatorsRepository } from '../modulators/modulators.repository.js';
import { AliasesRepository } from './aliases.repository.js';

/** The version that somebody means by its id or by `task@alias`. */
export interface MeantVersion {
  readonly version: ModulatorVersion;
  /** The name it was called by, null when that was its id. */
  readonly calledAs: string | null;
}

@Injectable()
export class VersionReferences {
  constructor(
    private readonly aliases: AliasesRepository,
    private readonly modulators: ModulatorsRepository,
  ) {}

  /** @throws AppError `alias_not_found`, `modulator_not_found` */
  async find(projectId: string, reference: string, tx?: Tx): Promise<MeantVersion> {
    const isName = reference.includes('@');
    const id = isName ? await this.aliases.resolve(projectId, reference, tx) : reference;
    if (id === null) throw new AppError('alias_not_found', `There is no alias ${reference}`);
    const version = await this.modulators.findVersion(projectId, { id }, tx);
    if (!version) throw new AppError('modulator_not_found', `There is no modulator version ${id}`);
    return { version, calledAs: isName ? reference : null };
  }
}
