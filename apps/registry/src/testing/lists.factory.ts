import { DEFAULT_PROJECT_ID } from '@kernelcast/contracts';
import { Prisma, type Database } from '@kernelcast/database';

const TASKS = 40;
const GROUPS = 20;
const DATASETS = 4;

export const idOf = (prefix: string, n: number): string => `${prefix}_01${String(n).padStart(24, '0')}`;
const sqlId = (prefix: string, n: string): string => `'${prefix}_01' || lpad((${n})::text, 24, '0')`;
const START = `'2026-01-01T00:00:00Z'::timestamptz`;
const P = `'${DEFAULT_PROJECT_ID}'`;

const frame = [
  `INSERT INTO tasks (id, project_id, name, title, labels)
   SELECT ${sqlId('task', 'n')}, ${P}, 'task-' || n, 'T', '{a,b}' FROM generate_series(1, ${TASKS}) n`,
  `INSERT INTO datasets (id, project_id, name, description)
   SELECT ${sqlId('ds', 'n')}, ${P}, 'dataset-' || n, '' FROM generate_series(1, ${DATASETS}) n`,
  `INSERT INTO dataset_versions (id, project_id, dataset_id, version, state, labels)
   SELECT ${sqlId('dsv', 'n')}, ${P}, ${sqlId('ds', 'n')}, 1, 'validating', '{a,b}' FROM generate_series(1, ${DATASETS}) n`,
  `INSERT INTO base_networks (id, name, digest, graph_digest, weights_digest, weights_size, architecture, parameters, input_height, input_width)
   SELECT ${sqlId('base', 'n')}, 'base-' || n, d, d, d, 1, 'tiny', 1000, 8, 8
   FROM generate_series(1, 2) n, LATERAL (SELECT 'sha256:' || encode(sha256(n::text::bytea), 'hex') AS d) digest`,
  `INSERT INTO modulators (id, project_id, task_id, base_network_id)
   SELECT ${sqlId('mod', 'n')}, ${P}, ${sqlId('task', 'n')}, ${sqlId('base', '1')} FROM generate_series(1, ${TASKS}) n`,
  `INSERT INTO device_groups (id, project_id, name)
   SELECT ${sqlId('grp', 'n')}, ${P}, 'group-' || n FROM generate_series(1, ${GROUPS}) n`,
];

const many = (rows: number): string[] => [
  `INSERT INTO training_jobs (id, project_id, task_id, dataset_version_id, base_network_id, method, scenario, hyperparameters,
     budget, seed, state, created_by, created_at, finished_at, error_code, error_message, error_retryable)
   SELECT ${sqlId('job', 'n')}, ${P}, ${sqlId('task', `n % ${TASKS} + 1`)}, ${sqlId('dsv', `n % ${DATASETS} + 1`)}, ${sqlId('base', '1')},
     (ARRAY['km', 'head', 'bias'])[n % 3 + 1], 'transfer', '{}', '{}', 0,
     (CASE WHEN failed THEN 'failed' ELSE 'succeeded' END)::"JobState", 'key_' || n % 30, ${START} + n * interval '1 s', ${START},
     CASE WHEN failed THEN 'internal' END, CASE WHEN failed THEN '' END, CASE WHEN failed THEN false END
   FROM generate_series(1, ${rows}) n, LATERAL (SELECT n % 20 = 1 AS failed) state`,
  `INSERT INTO modulator_versions (id, project_id, modulator_id, version, digest, size, method, encoding, parameters,
     head_parameters, labels, metrics, training_job_id, created_at)
   SELECT ${sqlId('mdv', 'n')}, ${P}, ${sqlId('mod', `n % ${TASKS} + 1`)}, n / ${TASKS} + 1,
     'sha256:' || encode(sha256(n::text::bytea), 'hex'), 1000, 'km', 'f16', 10, 10, '{a,b}',
     jsonb_build_object('top1', n % 997 / 997.0, 'loss', 1, 'images', 10, 'perClass', '[]'::jsonb, 'confusion', '[]'::jsonb),
     ${sqlId('job', 'n')}, ${START} + n * interval '1 s' FROM generate_series(1, ${rows}) n`,
  `INSERT INTO devices (id, project_id, group_id, public_key, attributes, base_digests, runtime, state, created_at)
   SELECT ${sqlId('dev', 'n')}, ${P}, ${sqlId('grp', `n % ${GROUPS} + 1`)}, 'k', jsonb_build_object('site', 's' || n % 10), '{}', 'node',
     (CASE WHEN n % 20 = 0 THEN 'revoked' ELSE 'active' END)::"DeviceState", ${START} + n * interval '1 s' FROM generate_series(1, ${rows}) n`,
  'ANALYZE',
];

/** Fills the default project with as many jobs, versions and devices each, made one a second. */
export const fillLists = async ({ prisma }: Database, rows: number): Promise<void> => {
  for (const statement of [...frame, ...many(rows)]) await prisma.$executeRaw(Prisma.raw(statement));
};
