/* eslint-disable no-restricted-imports -- it fills the database past its client */
import pg from 'pg';

const PROJECT = 'prj_00000000000000000000000000';
const BASE_ID = 'base_0100000000000000000000000B';
const STATEMENT = JSON.stringify({ protected: 'e30', payload: 'e30', signature: 'e30' });
const idOf = (prefix, n) => `${prefix}_01${String(n).padStart(24, '0')}`;

/** Rolls blobs out to the group of the first device of `fillFleet`, as versions of as many tasks. */
export async function rollOut(databaseUrl, blobs) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(`SET session_replication_role = replica`);
    for (const [n, { digest, size }] of blobs.entries()) {
      const [task, modulator, version, rollout] = ['task', 'mod', 'mdv', 'rol'].map((prefix) => idOf(prefix, n + 1));
      await client.query(`INSERT INTO tasks (id, project_id, name, title, labels) VALUES ($1, $2, $3, $3, '{a,b}')`, [
        task,
        PROJECT,
        `bench-${n}`,
      ]);
      await client.query(`INSERT INTO modulators (id, project_id, task_id, base_network_id) VALUES ($1, $2, $3, $4)`, [
        modulator,
        PROJECT,
        task,
        BASE_ID,
      ]);
      await client.query(
        `INSERT INTO modulator_versions (id, project_id, modulator_id, version, digest, size, method, encoding, parameters,
         head_parameters, labels, metrics, training_job_id, state, decided_by, decided_at, statement)
       VALUES ($1, $2, $3, 1, $4, $5, 'km', 'f16', 1, 1, '{a,b}', '{}', $7, 'approved', 'bench', now(), $6)`,
        [version, PROJECT, modulator, digest, size, STATEMENT, idOf('job', n + 1)],
      );
      await client.query(
        `INSERT INTO rollouts (id, project_id, group_id, modulator_version_id, created_by, state, waves, changed_at_version,
         started_at)
       VALUES ($1, $2, $3, $4, 'bench', 'running', '[{"share":1}]', 1, now())`,
        [rollout, PROJECT, idOf('grp', 2), version],
      );
    }
  } finally {
    await client.end();
  }
}
