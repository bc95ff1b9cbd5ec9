import type { ListTrainingJobsQuery } from '@kernelcast/contracts';
import { Prisma, type Tx } from '@kernelcast/database';
import { createdWithin, oneOf, type Listing, type PageRequest } from '../paging/keyset.js';
import { ownedBy, referredIds } from '../paging/references.js';

export const TRAINING_JOBS: Listing<'createdAt'> = {
  name: 'training_jobs',
  from: Prisma.sql`training_jobs`,
  id: Prisma.sql`id`,
  sorts: { createdAt: { column: Prisma.sql`created_at`, type: 'time' } },
};

export const jobFilters = async (
  tx: Tx,
  projectId: string,
  query: ListTrainingJobsQuery,
): Promise<Pick<PageRequest<never>, 'where' | 'oneOf'>> => ({
  where: [ownedBy(projectId), ...createdWithin(query, Prisma.sql`created_at`)],
  oneOf: [
    oneOf(Prisma.sql`task_id`, await referredIds(tx, { projectId, table: 'tasks' }, query.task)),
    oneOf(Prisma.sql`dataset_version_id`, await versionsOf(tx, projectId, query.dataset)),
    oneOf(Prisma.sql`dataset_version_id`, query.datasetVersion),
    oneOf(Prisma.sql`base_network_id`, await referredIds(tx, { projectId, table: 'base_networks' }, query.baseNetwork)),
    oneOf(Prisma.sql`created_by`, query.createdBy),
    oneOf(Prisma.sql`state`, query.state, Prisma.sql`"JobState"`),
    oneOf(Prisma.sql`method`, query.method),
    oneOf(Prisma.sql`scenario`, query.scenario),
  ],
});

const versionsOf = async (tx: Tx, projectId: string, dataset: string | undefined): Promise<string[] | undefined> => {
  const datasets = await referredIds(tx, { projectId, table: 'datasets' }, dataset);
  if (datasets === undefined) return undefined;
  const where = { projectId, datasetId: { in: datasets } };
  return (await tx.datasetVersion.findMany({ where, select: { id: true } })).map(({ id }) => id);
};
