import type { AuditCheckpoint, AuditEvent, AuditVerification, Page, Task } from '@kernelcast/contracts';
import { AUDIT_CHECKPOINT_TYPE } from '@kernelcast/contracts';
import { generateSigningKey, importSigner, signJws } from '@kernelcast/trust';
import { chainHash, CHAIN_START } from '../changes/audit-chain.js';
import { problemOf, TestRegistry } from '../testing/registry-app.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

let made = 0;
const createTask = () => registry.made<Task>('/v1/tasks', { name: `task-${made++}`, title: 'T', labels: ['a', 'b'] });
const createCheckpoint = () => registry.made<AuditCheckpoint>('/v1/audit-checkpoints');
const verify = async (query = '') => (await registry.get<AuditVerification>(`/v1/audit-events/verify${query}`)).body;
const list = async (query: string) => (await registry.get<Page<AuditEvent>>(`/v1/audit-events?${query}`)).body;

/** Does what only the owner of the database can, looks, and undoes it. */
const tampering = async <T>(sql: readonly string[], look: () => Promise<T>): Promise<T> => {
  const { prisma } = registry.database;
  const tables = ['audit_events', 'audit_checkpoints'];
  const run = (statements: readonly string[]) =>
    registry.database.transaction(async (tx) => {
      await tx.$executeRawUnsafe('SET LOCAL session_replication_role = replica');
      for (const statement of statements) await tx.$executeRawUnsafe(statement);
    });
  for (const table of tables) await prisma.$executeRawUnsafe(`CREATE TABLE kept_${table} AS TABLE ${table}`);
  try {
    await run(sql);
    return await look();
  } finally {
    await run(
      tables.flatMap((t) => [`DELETE FROM ${t}`, `INSERT INTO ${t} SELECT * FROM kept_${t}`, `DROP TABLE kept_${t}`]),
    );
  }
};

describe('the audit log', () => {
  it('is found by actor, action, resource and time, newest first, in pages', async () => {
    const tasks = [await createTask(), await createTask(), await createTask()];
    const seen: AuditEvent[] = [];
    for (let after = ''; ;) {
      const page = await list(`action=task.*&limit=2${after}`);
      seen.push(...page.data);
      if (page.nextCursor === null) break;
      after = `&after=${page.nextCursor}`;
    }
    expect(seen.map(({ resource }) => resource)).toEqual(tasks.map(({ id }) => id).reverse());
    const [entry] = (await list(`resource=${String(tasks[1]?.id)}&action=task.create`)).data;
    expect(entry).toMatchObject({ resource: tasks[1]?.id, before: null, after: { labels: ['a', 'b'] } });
    expect((await list(`actor=${String(entry?.actor)}&from=${String(entry?.at)}`)).data).toContainEqual(entry);
    expect((await list(`resource=${String(tasks[1]?.id)}&to=${String(entry?.at)}`)).data).toEqual([]);
    expect((await list('actor=nobody')).data).toEqual([]);
  });

  it('is signed once for an idempotency key, which must be one', async () => {
    const signed = (key: string) =>
      registry.post<AuditCheckpoint>('/v1/audit-checkpoints', undefined, { headers: { 'idempotency-key': key } });
    await createTask();
    const first = await signed('end-of-year');
    await createTask();
    expect((await signed('end-of-year')).body).toEqual(first.body);
    expect((await signed('end-of-day')).body.seq).toBeGreaterThan(first.body.seq);
    expect(problemOf(await signed('ü'))).toMatchObject({ status: 422, code: 'validation_failed' });
  });

  it('shows everything to installation admins only', async () => {
    await registry.made('/v1/projects', { name: 'other', title: 'Other' });
    const everything = await list('scope=installation&action=project.*');
    expect(everything.data.map(({ action }) => action)).toContain('project.create');
    const key = await registry.keyOf('admin');
    const answer = await registry.get('/v1/audit-events?scope=installation', { key });
    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await registry.get('/v1/audit-events', { key })).status).toBe(200);
  });

  it('is exported line by line, oldest first, as it is listed', async () => {
    const { body, headers } = await registry.get<string>('/v1/audit-events/export?scope=installation');
    const lines = body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditEvent);
    expect(headers.get('content-type')).toContain('application/x-ndjson');
    expect(lines.reverse()).toEqual((await list('scope=installation&limit=200')).data);
  });

  it('is refused to be changed, removed or emptied, and so are its checkpoints', async () => {
    await createTask();
    await createCheckpoint();
    const { prisma } = registry.database;
    for (const table of ['audit_events', 'audit_checkpoints']) {
      for (const sql of [`UPDATE ${table} SET hash = 'x'`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
        await expect(prisma.$executeRawUnsafe(sql)).rejects.toThrow('append-only');
    }
  });
});

describe('verification of the audit log', () => {
  it('finds a log whole that nobody touched, with the checkpoints it agrees with', async () => {
    await createTask();
    const { seq, hash } = await createCheckpoint();
    await createTask();
    const found = await verify(`?seq=${seq}&hash=${hash}`);
    expect(found).toMatchObject({ intact: true, broken: null });
    expect(found.entries).toBe(await registry.database.prisma.auditEvent.count());
    expect(found.checkpoints).toBeGreaterThan(1);
  });

  it('names the first entry that was changed, removed or added', async () => {
    await Promise.all([createTask(), createTask(), createTask()]);
    const [last, middle] = (await list('limit=2')).data.map(({ seq }) => seq);
    const brokenBy = (sql: string) => tampering([sql], verify);
    const changed = await brokenBy(`UPDATE audit_events SET actor = 'somebody' WHERE seq = ${String(middle)}`);
    expect(changed).toMatchObject({ intact: false, broken: { seq: middle, reason: 'hash_mismatch' } });
    const removed = await brokenBy(`DELETE FROM audit_events WHERE seq = ${String(middle)}`);
    expect(removed.broken).toMatchObject({ seq: last, reason: 'hash_mismatch' });
    expect((await verify()).intact).toBe(true);
  });

  it('finds a tail that was cut off, even with the checkpoints in the database', async () => {
    await createTask();
    const { seq } = await createCheckpoint();
    const cut = [`DELETE FROM audit_events WHERE seq >= ${seq}`, `DELETE FROM audit_checkpoints WHERE seq >= ${seq}`];
    const [found, answer] = await tampering(
      cut,
      async () => [await verify(), await registry.post('/v1/audit-checkpoints')] as const,
    );
    expect(found).toMatchObject({ intact: false, broken: { seq, reason: 'entry_missing' } });
    expect(problemOf(answer)).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('finds a chain that was rewritten from its start, also where another key signed it again', async () => {
    const { seq } = await createCheckpoint();
    let previous = CHAIN_START;
    const rows = await registry.database.prisma.auditEvent.findMany({ orderBy: { seq: 'asc' } });
    const rewritten = rows.map(({ seq: at, hash: _, ...entry }) => {
      previous = chainHash(previous, { ...entry, actor: 'somebody' });
      return `UPDATE audit_events SET actor = 'somebody', hash = '${previous}' WHERE seq = ${at}`;
    });
    const mismatch = await tampering(rewritten, verify);
    expect(mismatch).toMatchObject({ entries: rows.length, broken: { reason: 'checkpoint_mismatch' } });
    const { privateKeyPkcs8, ...forged } = await generateSigningKey();
    const claims = { type: AUDIT_CHECKPOINT_TYPE, seq, hash: previous, entries: rows.length };
    const signed = { ...claims, signedAt: new Date().toISOString() };
    const signer = await importSigner({ kid: forged.kid, privateKeyPkcs8 });
    const statement = JSON.stringify(await signJws(signed, signer, AUDIT_CHECKPOINT_TYPE));
    const again = [
      ...rewritten,
      `INSERT INTO signing_keys (kid, role, public_key, sealed_private_key, state)
        VALUES ('${forged.kid}', 'release', '${forged.publicKey}', '\\x00', 'retired')`,
      'DELETE FROM audit_checkpoints',
      `INSERT INTO audit_checkpoints VALUES (${seq}, '${previous}', ${rows.length}, '${forged.kid}', '${statement}', now())`,
    ];
    expect((await tampering(again, verify)).broken).toMatchObject({ seq, reason: 'checkpoint_invalid' });
  });
});
