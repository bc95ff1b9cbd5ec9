// Development tool for the database schema: `node tools/migrate/migrate.mjs create <name> | status | drift`.
//   create <name>  writes what prisma/schema.prisma has and the migrations lack as a new migration
//   status         what the database at DATABASE_URL lacks
//   drift          exits 1 and prints the SQL when schema and migrations differ
// `create` and `drift` replay the migrations in a shadow database; without DATABASE_URL they use an embedded server.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const USAGE = 'usage: node tools/migrate/migrate.mjs create <name> | status | drift';

const build = () => {
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
  const args = [
    nx,
    'run-many',
    '-t',
    'build',
    '-p',
    'artifact,contracts,trust,platform,database',
    '--outputStyle=static',
  ];
  const result = spawnSync(process.execPath, args, { cwd: root, stdio: 'pipe', encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`The build failed:\n${result.stdout}${result.stderr}`);
};

const commands = {
  async create(database, url, name) {
    if (!/^[a-z0-9]+(_[a-z0-9]+)*$/.test(name ?? '')) throw new Error(`A migration is named in snake_case.\n${USAGE}`);
    const folder = await database.createMigration(url, name);
    console.log(folder ? `prisma/migrations/${folder}/migration.sql` : 'No change: schema and migrations agree.');
    return 0;
  },
  async status(database, url) {
    console.log(JSON.stringify(await database.migrationStatus(url), null, 2));
    return 0;
  },
  async drift(database, url) {
    const sql = await database.schemaDrift(url);
    console.log(sql ?? 'No drift: schema and migrations agree.');
    return sql === undefined ? 0 : 1;
  },
};

const withServer = async (work) => {
  if (process.env.DATABASE_URL) return work(process.env.DATABASE_URL);
  const { startEmbeddedPostgres } = await import(path.join(root, 'libs/platform/dist/index.js'));
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-migrate-'));
  const server = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
  try {
    return await work(server.url);
  } finally {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};

const [command = '', name] = process.argv.slice(2);
const action = Object.hasOwn(commands, command) ? commands[command] : undefined;
try {
  if (!action) throw new Error(USAGE);
  build();
  const database = await import(path.join(root, 'libs/database/dist/index.js'));
  process.exitCode = await withServer((url) => action(database, url, name));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
