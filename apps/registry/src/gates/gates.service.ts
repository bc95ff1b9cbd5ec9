import type { GateReport } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import type { VersionReference } from '../modulators/modulators.repository.js';
import { ModulatorsService } from '../modulators/modulators.service.js';
import { GateReportsRepository } from './gate-reports.repository.js';

/** What the gates of a task say of its versions. */
@Injectable()
export class GatesService {
  constructor(
    private readonly reports: GateReportsRepository,
    private readonly modulators: ModulatorsService,
    private readonly changes: Changes,
  ) {}

  /**
   * @param number of a report; the latest one's when left out
   * @throws AppError `modulator_not_found`, `gate_report_not_found`
   */
  async report(projectId: string, reference: VersionReference, number?: number): Promise<GateReport> {
    const { id } = await this.modulators.getVersion(projectId, reference);
    const report = number !== undefined && number > MAX_NUMBER ? null : await this.reports.find(id, number);
    if (!report) throw new AppError('gate_report_not_found', `Version ${id} has no such gate report`);
    return report;
  }

  /** @throws AppError `modulator_not_found` */
  async evaluate(actor: Actor, reference: VersionReference): Promise<GateReport> {
    const { id } = await this.modulators.getVersion(actor.projectId, reference);
    return this.changes.commit(actor, async (tx) => {
      const before = await this.reports.find(id, undefined, tx);
      const result = await this.reports.record(tx, id, { trigger: 'request', evaluatedBy: actor.id });
      if (!result) throw new AppError('modulator_not_found', `There is no modulator version ${id}`);
      if (result.number === before?.number) return { result };
      const { number, passed } = result;
      return { result, audit: { action: 'modulator_version.gates', resource: id, after: { number, passed } } };
    });
  }
}

/** Largest number that a column can hold. */
const MAX_NUMBER = 2 ** 31 - 1;
