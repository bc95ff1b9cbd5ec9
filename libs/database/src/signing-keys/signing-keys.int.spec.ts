import { randomBytes } from 'node:crypto';
import { applyMigrations, createDatabase, SigningKeysRepository, type Database } from '../index.js';
import { startTestServer, type TestServer } from '../spec-support/test-server.js';

const aKey = (kid: string) => ({ kid, publicKey: `public ${kid}`, sealedPrivateKey: new Uint8Array(randomBytes(64)) });

describe('signing keys', () => {
  let server: TestServer;
  let db: Database;
  let keys: SigningKeysRepository;
  beforeAll(async () => {
    server = await startTestServer();
    const url = await server.createEmptyDatabase();
    await applyMigrations(url);
    db = createDatabase(url);
    keys = new SigningKeysRepository(db);
  });
  afterAll(async () => {
    await db.close();
    await server.stop();
  });
  beforeEach(async () => {
    await db.prisma.signingKey.deleteMany();
  });

  it('are made once, however many processes ask for the first one', async () => {
    let made = 0;
    const create = () => Promise.resolve(aKey(`key-${++made}`));
    const got = await Promise.all(Array.from({ length: 8 }, () => keys.ensure('manifest', create)));
    expect(new Set(got.map(({ kid }) => kid)).size).toBe(1);
    expect(made).toBe(1);
    expect(await db.prisma.signingKey.count()).toBe(1);
  });

  it('come back as they were sealed', async () => {
    const key = aKey('kept');
    await keys.ensure('release', () => Promise.resolve(key));
    const again = await keys.ensure('release', () => Promise.reject(new Error('asked for another')));
    expect({ ...again, sealedPrivateKey: new Uint8Array(again.sealedPrivateKey) }).toEqual({ ...key, sealedBy: null });
  });

  it('are one for each role, and devices trust both', async () => {
    await keys.ensure('release', () => Promise.resolve(aKey('for-release')));
    await keys.ensure('manifest', () => Promise.resolve(aKey('for-manifests')));
    const trusted = await keys.trusted();
    expect(trusted).toEqual([
      { kid: 'for-release', role: 'release', publicKey: 'public for-release' },
      { kid: 'for-manifests', role: 'manifest', publicKey: 'public for-manifests' },
    ]);
  });

  it('only verify once they are retired, and are trusted no more once they are compromised', async () => {
    await keys.ensure('release', () => Promise.resolve(aKey('old')));
    await db.prisma.signingKey.update({ where: { kid: 'old' }, data: { state: 'retired' } });
    const { kid } = await keys.ensure('release', () => Promise.resolve(aKey('new')));
    expect(kid).toBe('new');
    expect((await keys.trusted()).map((key) => key.kid)).toEqual(['old', 'new']);
    await db.prisma.signingKey.update({ where: { kid: 'old' }, data: { state: 'compromised' } });
    expect(await keys.trustRoot()).toMatchObject({ version: 0, keys: [{ kid: 'new' }] });
  });

  it('leave nothing when making one fails', async () => {
    await expect(keys.ensure('release', () => Promise.reject(new Error('no entropy')))).rejects.toThrow('no entropy');
    expect(await db.prisma.signingKey.count()).toBe(0);
  });
});
