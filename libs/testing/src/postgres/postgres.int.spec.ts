import { DEFAULT_PROJECT_ID } from '@kernelcast/contracts';
import { createDatabase } from '@kernelcast/database';
import { createEmptyDatabase, createTestDatabase, startPostgres } from './postgres.js';

describe('test databases', () => {
  it('have the schema of this version and nothing of each other', async () => {
    const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const [one, two] = [createDatabase(first.url), createDatabase(second.url)];
    await one.prisma.deviceGroup.create({ data: { id: 'grp_1', projectId: DEFAULT_PROJECT_ID, name: 'all' } });
    expect([await one.prisma.deviceGroup.count(), await two.prisma.deviceGroup.count()]).toEqual([1, 0]);
    expect(new URL(first.url).port).toBe(new URL(second.url).port);
    await Promise.all([one.close(), two.close()]);
    await first.drop();
    const gone = createDatabase(first.url);
    await expect(gone.ping()).rejects.toThrow('does not exist');
    await gone.close();
    await second.drop();
  });

  it('can be empty', async () => {
    const { url, drop } = await createEmptyDatabase();
    const db = createDatabase(url);
    await expect(db.prisma.deviceGroup.count()).rejects.toThrow('does not exist');
    await db.close();
    await drop();
  });

  it('can be on a server of their own, which the test may stop', async () => {
    const server = await startPostgres();
    const db = createDatabase(server.url);
    await expect(db.ping()).resolves.toBeUndefined();
    await db.close();
    await server.stop();
    const gone = createDatabase(server.url);
    await expect(gone.ping()).rejects.toThrow("Can't reach database server");
    await gone.close();
  });
});
