import { Prisma, type Tx } from '@kernelcast/database';

/** Condition for what a project holds. */
export const ownedBy = (projectId: string): Prisma.Sql => Prisma.sql`project_id = ${projectId}`;

/** Condition for the base networks of a project: its own, and those that all share. */
export const openTo = (projectId: string): Prisma.Sql => Prisma.sql`(project_id = ${projectId} OR project_id IS NULL)`;

/** Things that people call by id or by name. */
export type NamedTable = 'tasks' | 'datasets' | 'base_networks' | 'device_groups';

/**
 * Ids of what a filter refers to by id or by name in a project, empty when there is no such thing; `undefined` without a reference.
 * Ids hold `_`, which no name does.
 */
export const referredIds = async (
  tx: Tx,
  { projectId, table }: { readonly projectId: string; readonly table: NamedTable },
  reference: string | undefined,
): Promise<string[] | undefined> => {
  if (reference === undefined || reference.includes('_')) return reference === undefined ? undefined : [reference];
  const owned = table === 'base_networks' ? openTo(projectId) : ownedBy(projectId);
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM ${Prisma.raw(table)} WHERE name = ${reference} AND ${owned}`;
  return rows.map(({ id }) => id);
};
