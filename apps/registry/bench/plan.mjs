// What a plan of Postgres says that it cost.

const nodesOf = (plan) => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
const rowsOf = (node) =>
  ((node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) *
  node['Actual Loops'];

/**
 * @param client of `pg`
 * @param statement `{text, values}`
 * @returns the plan as Postgres gives it, and of it the indexes, the rows read from tables and indexes, and the pages of 8 KiB
 */
export const explain = async (client, { text, values }) => {
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
  const plan = rows[0]['QUERY PLAN'][0].Plan;
  const nodes = nodesOf(plan);
  return {
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    scans: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    rows: nodes.filter((node) => node['Node Type'].includes('Scan')).reduce((sum, node) => sum + rowsOf(node), 0),
    buffers: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'],
    plan,
  };
};
