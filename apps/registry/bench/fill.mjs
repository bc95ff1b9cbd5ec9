// Fills a migrated database with jobs, versions and devices as they would be after years: by the set, without triggers.
const PROJECT = 'prj_00000000000000000000000000';
export const projectId = PROJECT;
export const idOf = (prefix, n) => `${prefix}_01${String(n).padStart(24, '0')}`;

const sqlId = (prefix, n) => `'${prefix}_01' || lpad((${n})::text, 24, '0')`;
const TASKS = 200;
const BASES = 5;
const DATASETS = 20;
const VERSIONS_OF_DATASET = 5;
const GROUPS = 100;
const START_TIME = '2026-01-01T00:00:00Z';
const START = `'${START_TIME}'::timestamptz`;
/** The time some seconds after the first row was made. */
export const startOf = (seconds) => new Date(Date.parse(START_TIME) + seconds * 1000).toISOString();
const METRICS = `'{"top1": 0.5, "loss": 1, "images": 10, "perClass": [], "confusion": []}'::jsonb`;

/** What the rest belongs to. */
const frame = [
  `INSERT INTO tasks (id, project_id, name, title, labels, created_at)
   SELECT ${sqlId('task', 'n')}, '${PROJECT}', 'task-' || n, 'T', '{a,b}', ${START} + n * interval '1 s' FROM generate_series(1, ${TASKS}) n`,
  `INSERT INTO datasets (id, project_id, name, description)
   SELECT ${sqlId('ds', 'n')}, '${PROJECT}', 'dataset-' || n, '' FROM generate_series(1, ${DATASETS}) n`,
  `INSERT INTO dataset_versions (id, project_id, dataset_id, version, state, labels)
   SELECT ${sqlId('dsv', `(n - 1) * ${VERSIONS_OF_DATASET} + v`)}, '${PROJECT}', ${sqlId('ds', 'n')}, v, 'validating', '{a,b}'
   FROM generate_series(1, ${DATASETS}) n, generate_series(1, ${VERSIONS_OF_DATASET}) v`,
  `INSERT INTO base_networks (id, name, digest, graph_digest, weights_digest, weights_size, architecture, parameters, input_height, input_width)
   SELECT ${sqlId('base', 'n')}, 'base-' || n, d, d, d, 1, 'tiny', 1000, 8, 8
   FROM generate_series(1, ${BASES}) n, LATERAL (SELECT 'sha256:' || encode(sha256(n::text::bytea), 'hex') AS d) digest`,
  `INSERT INTO modulators (id, project_id, task_id, base_network_id, created_at)
   SELECT ${sqlId('mod', `(t - 1) * ${BASES} + b`)}, '${PROJECT}', ${sqlId('task', 't')}, ${sqlId('base', 'b')}, ${START} + (t * ${BASES} + b) * interval '1 s'
   FROM generate_series(1, ${TASKS}) t, generate_series(1, ${BASES}) b`,
  `INSERT INTO device_groups (id, project_id, name, created_at)
   SELECT ${sqlId('grp', 'n')}, '${PROJECT}', 'group-' || n, ${START} + n * interval '1 s' FROM generate_series(1, ${GROUPS}) n`,
];

/** Rows `from` to `to` of jobs and versions, one version for each job. */
const trainings = (from, to) => [
  `INSERT INTO training_jobs (id, project_id, task_id, dataset_version_id, base_network_id, method, scenario, hyperparameters,
     budget, seed, state, created_by, created_at, queued_at, finished_at, error_code, error_message, error_retryable)
   SELECT ${sqlId('job', 'n')}, '${PROJECT}', ${sqlId('task', `n % ${TASKS} + 1`)}, ${sqlId('dsv', `n % ${DATASETS * VERSIONS_OF_DATASET} + 1`)},
     ${sqlId('base', `n % ${BASES} + 1`)}, (ARRAY['km','head','bias','bn','lora-conv'])[n % 5 + 1], 'transfer', '{}', '{}', 0,
     (CASE WHEN n % 50 = 0 THEN 'queued' WHEN n % 20 = 1 THEN 'failed' ELSE 'succeeded' END)::"JobState",
     'key_' || n % 30, ${START} + n * interval '1 s', ${START} + n * interval '1 s',
     CASE WHEN n % 50 <> 0 THEN ${START} + n * interval '1 s' END, CASE WHEN n % 50 <> 0 AND n % 20 = 1 THEN 'internal' END,
     CASE WHEN n % 50 <> 0 AND n % 20 = 1 THEN '' END, CASE WHEN n % 50 <> 0 AND n % 20 = 1 THEN false END
   FROM generate_series(${from}, ${to}) n`,
  `INSERT INTO modulator_versions (id, project_id, modulator_id, version, digest, size, method, encoding, parameters,
     head_parameters, labels, metrics, training_job_id, state, created_at, decided_by, decided_at, statement)
   SELECT ${sqlId('mdv', 'n')}, '${PROJECT}', ${sqlId('mod', `n % ${TASKS * BASES} + 1`)}, n / ${TASKS * BASES} + 1,
     'sha256:' || encode(sha256(n::text::bytea), 'hex'), 1000, (ARRAY['km','head','bias','bn','lora-conv'])[n % 5 + 1], 'f16', 10,
     10, '{a,b}', jsonb_set(${METRICS}, '{top1}', to_jsonb(round((n % 997) / 997.0, 4))), ${sqlId('job', 'n')},
     (CASE WHEN n % 40 = 0 THEN 'approved' ELSE 'registered' END)::"VersionState", ${START} + n * interval '1 s',
     CASE WHEN n % 40 = 0 THEN 'key_1' END, CASE WHEN n % 40 = 0 THEN ${START} END,
     CASE WHEN n % 40 = 0 THEN '{"protected":"e30","payload":"e30","signature":"e30"}'::jsonb END
   FROM generate_series(${from}, ${to}) n`,
];

const devices = (from, to) => [
  `INSERT INTO devices (id, project_id, group_id, public_key, attributes, base_digests, runtime, state, created_at)
   SELECT ${sqlId('dev', 'n')}, '${PROJECT}', ${sqlId('grp', `n % ${GROUPS} + 1`)}, 'k',
     jsonb_build_object('site', 's' || n % 1000, 'model', 'm' || n % 10), '{}', 'node',
     (CASE WHEN n % 200 = 0 THEN 'revoked' ELSE 'active' END)::"DeviceState", ${START} + n * interval '100 ms'
   FROM generate_series(${from}, ${to}) n`,
  `INSERT INTO device_attributes (project_id, key, value, created_at, device_id)
   SELECT '${PROJECT}', a.key, a.value, ${START} + n * interval '100 ms', ${sqlId('dev', 'n')} FROM generate_series(${from}, ${to}) n,
     LATERAL (VALUES ('site', 's' || n % 1000), ('model', 'm' || n % 10)) AS a(key, value)`,
];

const SIZES = [
  'DELETE FROM device_group_sizes',
  'INSERT INTO device_group_sizes (group_id, shard, devices) SELECT group_id, 0, count(*) FROM devices GROUP BY group_id',
];

/** Tables that grow with the size. */
const LARGE = ['training_jobs', 'modulator_versions', 'devices', 'device_attributes'];

/** Statements that take the indexes of the large tables away, and those that bring them back; what foreign keys refer to stays. */
const indexStatements = async (client) => {
  const { rows } = await client.query(
    `SELECT quote_ident(t.relname) AS table, quote_ident(i.relname) AS index, pg_get_indexdef(i.oid) AS definition,
       quote_ident(c.conname) AS constraint, pg_get_constraintdef(c.oid) AS rule
     FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
     LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.conrelid = t.oid AND c.contype IN ('p', 'u')
     WHERE t.relname = ANY ($1) AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.confrelid = t.oid AND f.conindid = i.oid AND f.contype = 'f')`,
    [LARGE],
  );
  return {
    drop: rows.map(({ table, index, rule }) =>
      rule === null ? `DROP INDEX ${index}` : `ALTER TABLE ${table} DROP CONSTRAINT ${index}`,
    ),
    create: rows.map(({ table, constraint, definition, rule }) =>
      rule === null ? definition : `ALTER TABLE ${table} ADD CONSTRAINT ${constraint} ${rule}`,
    ),
  };
};

/**
 * Brings a database from one size to a larger one: rows first, then their indexes, which is faster by far than row by row.
 * @param client of `pg`
 * @param from what it has, `{jobs, devices}`; zeros for an empty one
 */
export const fill = async (client, from, to) => {
  // Triggers and foreign keys would look at each row; what is written here keeps their rules by itself.
  await client.query('SET session_replication_role = replica');
  const indexes = await indexStatements(client);
  const statements = [
    ...indexes.drop,
    ...(from.jobs === 0 ? frame : []),
    ...trainings(from.jobs + 1, to.jobs),
    ...devices(from.devices + 1, to.devices),
    ...SIZES,
    ...indexes.create,
    'VACUUM (ANALYZE)',
  ];
  for (const statement of statements) await client.query(statement);
  await client.query('SET session_replication_role = origin');
};
