import { DEFAULT_PROJECT_ID, PAGE_LIMIT_DEFAULT } from '@kernelcast/contracts';
import { createDatabase, Prisma, type Database } from '@kernelcast/database';
import { createTestDatabase } from '@kernelcast/testing';
import { ApprovalsRepository } from '../approvals/approvals.repository.js';
import { DevicesRepository } from '../devices/devices.repository.js';
import { ModulatorsRepository } from '../modulators/modulators.repository.js';
import { TasksRepository } from '../tasks/tasks.repository.js';
import { fillLists, idOf } from '../testing/lists.factory.js';
import { TrainersRepository } from '../trainers/trainers.repository.js';
import { TrainingJobsRepository } from '../training-jobs/training-jobs.repository.js';

const ROWS = 4000;
const limit = PAGE_LIMIT_DEFAULT;
/** Lists that one page may be merged from (the versions of a dataset, the modulators of a task), each read for one page. */
const MERGED = 5;
const MOST_ROWS = MERGED * 2 * (limit + 1);
const projectId = DEFAULT_PROJECT_ID;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Plan[];
}

let database: Database;
let drop: () => Promise<void>;
let sent: Prisma.Sql | undefined;
let open: ReturnType<typeof repositories>;

const repositories = (db: Database) => ({
  jobs: new TrainingJobsRepository(db, new TrainersRepository(db)),
  versions: new ModulatorsRepository(db),
  approvals: new ApprovalsRepository(db),
  devices: new DevicesRepository(db),
  tasks: new TasksRepository(db),
});

/** The database, of which the statement for a page is noted as it goes by. */
const watched = (db: Database): Database => {
  const prisma = new Proxy(db.prisma, {
    get: (target, name, receiver) =>
      name === '$queryRaw'
        ? (statement: Prisma.Sql, ...values: unknown[]) => {
            // Templates have no text of their own.
            if ('sql' in statement && statement.sql.includes('AS key FROM')) sent = statement;
            return target.$queryRaw(statement, ...values);
          }
        : (Reflect.get(target, name, receiver) as unknown),
  });
  return Object.assign(Object.create(db) as Database, { prisma });
};

beforeAll(async () => {
  const testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url, { max: 2 });
  drop = testDatabase.drop;
  await fillLists(database, ROWS);
  open = repositories(watched(database));
});
afterAll(async () => {
  await database.close();
  await drop();
});

const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
const planOfSent = async (): Promise<Plan[]> => {
  if (!sent) throw new Error('no page was asked for');
  const explained = Prisma.sql`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sent}`;
  const [row] = await database.prisma.$queryRaw<{ 'QUERY PLAN': [{ Plan: Plan }] }[]>(explained);
  return row ? nodesOf(row['QUERY PLAN'][0].Plan) : [];
};
/** The most rows that a step of the plan gave or threw away. */
const rowsOf = (nodes: readonly Plan[]): number =>
  Math.max(
    ...nodes.map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']),
  );

const newest = { limit, sort: '-createdAt' } as const;
const best = { limit, sort: '-accuracy' } as const;
const cases: [string, (after?: string) => Promise<{ nextCursor: string | null }>][] = [
  ['jobs', (after) => open.jobs.list(projectId, { ...newest, after })],
  ['jobs from the first on', (after) => open.jobs.list(projectId, { limit, sort: 'createdAt', after })],
  ['jobs in a state', (after) => open.jobs.list(projectId, { ...newest, state: ['failed'], after })],
  ['jobs in two states', (after) => open.jobs.list(projectId, { ...newest, state: ['failed', 'queued'], after })],
  ['jobs of a task', (after) => open.jobs.list(projectId, { ...newest, task: 'task-7', after })],
  ['jobs on a dataset', (after) => open.jobs.list(projectId, { ...newest, dataset: 'dataset-2', after })],
  ['jobs on a base network', (after) => open.jobs.list(projectId, { ...newest, baseNetwork: idOf('base', 1), after })],
  ['jobs of a method', (after) => open.jobs.list(projectId, { ...newest, method: ['km'], after })],
  ['jobs of somebody', (after) => open.jobs.list(projectId, { ...newest, createdBy: 'key_7', after })],
  ['versions', (after) => open.versions.searchVersions(projectId, { ...newest, after })],
  ['the best versions', (after) => open.versions.searchVersions(projectId, { ...best, after })],
  ['versions of a task', (after) => open.versions.searchVersions(projectId, { ...newest, task: 'task-7', after })],
  ['the best of a task', (after) => open.versions.searchVersions(projectId, { ...best, task: 'task-7', after })],
  ['the best in a state', (after) => open.versions.searchVersions(projectId, { ...best, state: ['rejected'], after })],
  [
    'versions of a modulator',
    (after) => open.versions.listVersions(idOf('mod', 7), { limit, sort: '-version', after }),
  ],
  ['versions that wait', (after) => open.approvals.list(projectId, { ...newest, state: 'waiting', after })],
  [
    'versions of a task that wait',
    (after) => open.approvals.list(projectId, { ...newest, state: 'waiting', task: 'task-7', after }),
  ],
  ['devices', (after) => open.devices.list(projectId, { ...newest, after })],
  ['devices of a group', (after) => open.devices.list(projectId, { ...newest, group: 'group-7', after })],
  ['devices in a state', (after) => open.devices.list(projectId, { ...newest, state: 'revoked', after })],
  ['devices at a site', (after) => open.devices.list(projectId, { ...newest, attribute: ['site:s7'], after })],
  ['tasks', (after) => open.tasks.list(projectId, { limit, sort: 'name', after })],
];

describe(`a page of ${limit} out of thousands`, () => {
  it.each(cases)('of %s is read without its table, be it the first or the next', async (_name, list) => {
    const { nextCursor } = await list();
    expect(rowsOf(await planOfSent())).toBeLessThanOrEqual(MOST_ROWS);
    await list(nextCursor ?? undefined);
    const nodes = await planOfSent();
    expect(rowsOf(nodes)).toBeLessThanOrEqual(MOST_ROWS);
  });

  it('of what a filter leaves is counted by what was read, not by what is shown', async () => {
    // No index has it: the measure must see the whole table.
    sent = Prisma.sql`SELECT id FROM training_jobs WHERE seed < 0`;
    expect(rowsOf(await planOfSent())).toBeGreaterThanOrEqual(ROWS);
  });
});
