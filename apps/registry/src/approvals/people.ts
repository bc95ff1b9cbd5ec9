import type { Tx } from '@kernelcast/database';

/** Keys that made one another: more of them in a row are nobody's way to work. */
const MAX_LINE = 100;

/**
 * Who stands behind a user or an API key: the user whose key it is, or whose key made it, through however many keys. A
 * key that no user stands behind stands for itself.
 */
export const personBehind = async (tx: Tx, principalId: string): Promise<string> => {
  const [row] = await tx.$queryRaw<{ person: string }[]>`
    WITH RECURSIVE line AS (
      SELECT user_id, created_by, 1 AS length FROM api_keys WHERE id = ${principalId}
      UNION ALL
      SELECT maker.user_id, maker.created_by, line.length + 1
      FROM line JOIN api_keys maker ON maker.id = line.created_by
      WHERE line.user_id IS NULL AND line.length < ${MAX_LINE}
    )
    SELECT users.id AS person FROM line JOIN users ON users.id = COALESCE(line.user_id, line.created_by) LIMIT 1`;
  return row?.person ?? principalId;
};
