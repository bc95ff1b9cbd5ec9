import {
  evaluateGates,
  evaluationSchema,
  gateReportSchema,
  gateResultSchema,
  gatesPass,
  gatesSchema,
  type GateReport,
} from '@kernelcast/contracts';
import { z } from 'zod';
import type { Tx } from '../database.js';
import { findStandingVersion } from './standing-version.js';

interface StoredReport extends Omit<GateReport, 'comparedWith' | 'results' | 'trigger' | 'createdAt'> {
  readonly referenceId: string | null;
  readonly results: unknown;
  readonly trigger: string;
  readonly createdAt: Date;
}

/** A stored report as the API shows it. */
export const toGateReport = ({ referenceId, results, trigger, createdAt, ...row }: StoredReport): GateReport => ({
  ...row,
  comparedWith: referenceId,
  results: z.array(gateResultSchema).parse(results),
  trigger: gateReportSchema.shape.trigger.parse(trigger),
  createdAt: createdAt.toISOString(),
});

/**
 * Evaluates the gates of a version's task as they are now, and keeps what they say. Nothing is written when the latest
 * report says the same. The version's row is locked until the transaction ends.
 *
 * @returns the latest report, null when there is no such version
 */
export async function recordGateReport(
  tx: Tx,
  modulatorVersionId: string,
  by: Pick<GateReport, 'trigger' | 'evaluatedBy'>,
): Promise<GateReport | null> {
  await tx.$queryRaw`SELECT 1 FROM modulator_versions WHERE id = ${modulatorVersionId} FOR UPDATE`;
  const version = await tx.modulatorVersion.findUnique({
    where: { id: modulatorVersionId },
    select: {
      metrics: true,
      size: true,
      modulator: {
        select: { taskId: true, baseNetworkId: true, task: { select: { gates: true, revision: true } } },
      },
      gateReports: { orderBy: { number: 'desc' }, take: 1 },
    },
  });
  if (!version) return null;
  const { task, ...parts } = version.modulator;
  const standing = await findStandingVersion(tx, { ...parts, except: modulatorVersionId });
  const results = evaluateGates(gatesSchema.parse(task.gates), {
    metrics: evaluationSchema.parse(version.metrics),
    size: version.size,
    reference: standing?.id ?? null,
  });
  const [last] = version.gateReports;
  const latest = last && toGateReport(last);
  const findings = { passed: gatesPass(results), taskRevision: task.revision, referenceId: standing?.id ?? null };
  if (latest && saysTheSame(latest, findings, results)) return latest;
  const number = (latest?.number ?? 0) + 1;
  return toGateReport(
    await tx.gateReport.create({ data: { modulatorVersionId, number, ...findings, results, ...by } }),
  );
}

const saysTheSame = (
  { taskRevision, comparedWith, results }: GateReport,
  now: { readonly taskRevision: number; readonly referenceId: string | null },
  found: GateReport['results'],
): boolean =>
  taskRevision === now.taskRevision &&
  comparedWith === now.referenceId &&
  JSON.stringify(results) === JSON.stringify(z.array(gateResultSchema).parse(found));
