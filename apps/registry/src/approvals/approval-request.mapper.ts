import { evaluationSchema, gatesInTheWay, type Approval, type ApprovalRequest } from '@kernelcast/contracts';
import { toGateReport, type Prisma } from '@kernelcast/database';

export const REQUEST_PARTS = {
  modulator: { select: { taskId: true, task: { select: { name: true, requiredApprovals: true } } } },
  trainingJob: { select: { createdBy: true } },
  approvals: { orderBy: { id: 'asc' } },
  gateReports: { orderBy: { number: 'desc' }, take: 1 },
} as const;

type Row = Prisma.ModulatorVersionGetPayload<{ include: typeof REQUEST_PARTS }>;

export const toApproval = ({
  person,
  name,
  comment,
  overrideReason,
  overridden,
  createdAt,
  withdrawnAt,
}: Row['approvals'][number]): Approval => ({
  by: person,
  name,
  comment,
  override: overrideReason === null ? null : { reason: overrideReason, of: overridden },
  createdAt: createdAt.toISOString(),
  withdrawnAt: withdrawnAt?.toISOString() ?? null,
});

const gatesOf = ([latest]: Row['gateReports']): ApprovalRequest['gates'] => {
  if (!latest) return null;
  const { passed, results } = toGateReport(latest);
  return { passed, inTheWay: gatesInTheWay(results) };
};

const stateOf = (state: Row['state']): ApprovalRequest['state'] => {
  if (state === 'registered') return 'waiting';
  return state === 'rejected' ? state : 'approved';
};

export const toRequest = ({ modulator: { taskId, task }, trainingJob, ...row }: Row): ApprovalRequest => ({
  modulatorVersionId: row.id,
  modulatorId: row.modulatorId,
  version: row.version,
  taskId,
  taskName: task.name,
  state: stateOf(row.state),
  top1: evaluationSchema.shape.top1.parse((row.metrics as { top1?: unknown } | null)?.top1),
  trainingJobId: row.trainingJobId,
  requestedBy: trainingJob.createdBy,
  requiredApprovals: task.requiredApprovals,
  approvals: row.approvals.map(toApproval),
  gates: gatesOf(row.gateReports),
  decidedBy: row.decidedBy,
  decidedAt: row.decidedAt?.toISOString() ?? null,
  comment: row.comment,
  createdAt: row.createdAt.toISOString(),
});
