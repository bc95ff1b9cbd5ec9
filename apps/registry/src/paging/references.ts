import { Prisma, type Tx } from '@kernelcast/database';

/** Things that people call by id or by name. */
export type NamedTable = 'tasks' | 'datasets' | 'base_networks' | 'device_groups';

/**
 * Ids of what a filter refers to by id or by name, empty when there is no such thing; `undefined` without a reference.
 * Ids hold `_`, which no name does.
 */
export const referredIds = async (
  tx: Tx,
  table: NamedTable,
  reference: string | undefined,
): Promise<string[] | undefined> => {
  if (reference === undefined || reference.includes('_')) return reference === undefined ? undefined : [reference];
  const rows = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM ${Prisma.raw(table)} WHERE name = ${reference}`;
  return rows.map(({ id }) => id);
};
