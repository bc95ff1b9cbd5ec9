/* eslint-disable no-restricted-imports -- it fills the database past its client */
import { createHash } from 'node:crypto';
import pg from 'pg';
import { Credentials } from '../../dist/credentials/credentials.js';

const PROJECT = 'prj_00000000000000000000000000';
const GROUPS = 100;
const BASE = `sha256:${'b'.repeat(64)}`;
const EPOCH = 1;

/** 26 digits of an id whose random part is spread as those of real ones: hexadecimal digits are among Crockford's. */
const idOf = (n) => `dev_01${createHash('md5').update(String(n)).digest('hex').slice(0, 24).toUpperCase()}`;

/** A base, groups and devices, by the set and without triggers. */
export async function fillFleet(databaseUrl, devices) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`SET session_replication_role = replica`);
  await client.query(`
    INSERT INTO base_networks (id, name, digest, graph_digest, weights_digest, weights_size, architecture, parameters, input_height, input_width)
    VALUES ('base_0100000000000000000000000B', 'base', '${BASE}', '${BASE}', '${BASE}', 1, 'tiny', 1000, 8, 8)`);
  await client.query(`
    INSERT INTO device_groups (id, project_id, name)
    SELECT 'grp_01' || lpad(n::text, 24, '0'), '${PROJECT}', 'group-' || n FROM generate_series(1, ${GROUPS}) n`);
  await client.query(`
    INSERT INTO devices (id, project_id, group_id, public_key, attributes, base_digests, runtime)
    SELECT 'dev_01' || upper(substr(md5(n::text), 1, 24)), '${PROJECT}', 'grp_01' || lpad((n % ${GROUPS} + 1)::text, 24, '0'),
      'k', '{}', '{${BASE}}', 'bench' FROM generate_series(1, ${devices}) n`);
  await client.query('VACUUM ANALYZE devices');
  await client.end();
}

/** Credentials of the first devices. */
export async function credentialsOf(count, master) {
  const credentials = new Credentials(master);
  return Array.from(
    { length: count },
    (_, n) => credentials.issue({ id: idOf(n + 1), epoch: EPOCH }, new Date()).credential,
  );
}
