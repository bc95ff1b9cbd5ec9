import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir, type TempDir } from '@kernelcast/testing';
import { logIn, PASSWORD } from '../../testing/people.js';
import { problemOf, TestRegistry } from '../../testing/registry-app.js';
import { InstallationRepository } from '../users/installation.repository.js';
import { BootstrapToken } from './bootstrap-token.js';

const masterKey = Buffer.alloc(32, 5);
const common = { KERNELCAST_MASTER_KEY: masterKey.toString('base64url'), KERNELCAST_BOOTSTRAP_API_KEY: '' };
const redeem = (registry: TestRegistry, token: string, email = 'ada@engine.example') =>
  registry.post('/v1/bootstrap', { token, email, name: 'Ada', password: PASSWORD }, { key: null });
const offers = async (registry: TestRegistry) =>
  (await registry.get<{ bootstrap: boolean }>('/v1/login-methods', { key: null })).body.bootstrap;

describe('an empty installation', () => {
  let registry: TestRegistry;
  let token: string;
  beforeAll(async () => {
    registry = await TestRegistry.start(common);
    const { database } = registry;
    token = await new BootstrapToken(new InstallationRepository(database), masterKey).read();
  });
  afterAll(() => registry.close());

  it('makes one admin of two who come at the same time with the token, and none after that', async () => {
    expect(await offers(registry)).toBe(true);
    const wrong = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`;
    expect(problemOf(await redeem(registry, wrong)).code).toBe('token_invalid');
    const answers = await Promise.all([redeem(registry, token, 'a@x.example'), redeem(registry, token, 'b@x.example')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 401]);
    expect(problemOf(await redeem(registry, token))).toMatchObject({ status: 401, code: 'token_invalid' });
    expect(await offers(registry)).toBe(false);
    expect(await registry.database.prisma.user.count()).toBe(1);
    const email = answers[0].status === 201 ? 'a@x.example' : 'b@x.example';
    const { body } = await logIn(registry, email);
    expect((await registry.get('/v1/users', { key: body.token })).status).toBe(200);
  });
});

describe('an installation with a configured admin', () => {
  let registry: TestRegistry;
  let folder: TempDir;
  beforeAll(async () => {
    folder = tempDir('admin');
    writeFileSync(path.join(folder.path, 'password'), `${PASSWORD}\n`);
    registry = await TestRegistry.start({
      ...common,
      KERNELCAST_ADMIN_EMAIL: 'Root@Engine.example',
      KERNELCAST_ADMIN_PASSWORD_FILE: path.join(folder.path, 'password'),
    });
  });
  afterAll(async () => {
    await registry.close();
    folder.remove();
  });

  it('lets that admin in, and nobody with the token', async () => {
    expect((await logIn(registry, 'root@engine.example')).body).toMatchObject({ installationAdmin: true });
    expect(await offers(registry)).toBe(false);
    const { database } = registry;
    const token = await new BootstrapToken(new InstallationRepository(database), masterKey).read();
    expect(problemOf(await redeem(registry, token)).code).toBe('token_invalid');
  });
});
