import type { GateReport } from '@kernelcast/contracts';
import { Database, recordGateReport, toGateReport, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class GateReportsRepository {
  constructor(private readonly db: Database) {}

  /** @param number the latest one's when left out */
  async find(modulatorVersionId: string, number?: number, tx: Tx = this.db.prisma): Promise<GateReport | null> {
    const row = await tx.gateReport.findFirst({ where: { modulatorVersionId, number }, orderBy: { number: 'desc' } });
    return row && toGateReport(row);
  }

  /** Evaluates the gates as they are now. @returns the latest report, which is new when there is anything new to say */
  record(
    tx: Tx,
    modulatorVersionId: string,
    by: Pick<GateReport, 'trigger' | 'evaluatedBy'>,
  ): Promise<GateReport | null> {
    return recordGateReport(tx, modulatorVersionId, by);
  }
}
