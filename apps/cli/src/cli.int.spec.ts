import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createRegistryClient, createUser } from '@kernelcast/api-client';
import type { JobEvent, TrainingJob } from '@kernelcast/contracts';
import { tempDir, waitFor } from '@kernelcast/testing';
import sharp from 'sharp';
import { MeddlingProxy } from './testing/meddling-proxy.js';
import { RegistryProcess } from './testing/registry-process.js';
import { startCli, stopClis, type Ran } from './testing/run-cli.js';

const BASE = path.resolve(import.meta.dirname, '../../../assets/base-networks/resnet14-cifar10');
const CUTS = 2;

const temp = tempDir('cli');
const home = { HOME: temp.path };
let registry: RegistryProcess;
let proxy: MeddlingProxy;

const run = (args: string, env: Readonly<Record<string, string>> = {}, input?: string): Promise<Ran> =>
  startCli(args.split(' '), { ...home, ...env }, input).ended;
const json = <T>({ stdout }: Ran): T => JSON.parse(stdout) as T;
const lines = ({ stdout }: Ran): string[] => stdout.trim().split('\n');
const submit = async (): Promise<string> =>
  (await run('jobs submit --task pets --dataset pets --base small --set steps=40 --quiet')).stdout.trim();

const writeImages = async (folder: string) => {
  for (const [label, shade] of [
    ['cat', 40],
    ['dog', 200],
  ] as const)
    for (let i = 0; i < 4; i += 1) {
      const file = path.join(folder, i < 3 ? 'train' : 'test', label, `${i}.png`);
      mkdirSync(path.dirname(file), { recursive: true });
      const background = { r: shade, g: (i * 61) % 256, b: shade };
      writeFileSync(
        file,
        await sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toBuffer(),
      );
    }
};

beforeAll(async () => {
  registry = await RegistryProcess.start();
  proxy = await MeddlingProxy.start(registry.url);
});
afterAll(async () => {
  stopClis();
  await proxy.stop();
  await registry.stop();
  temp.remove();
});

describe('kernelcast against a registry', () => {
  it('says what to do while it knows no registry, and when the one it knows is away', async () => {
    expect(await run('tasks list')).toMatchObject({ code: 1, stderr: expect.stringContaining('kernelcast login') });
    const away = await run('tasks list --verbose --server http://127.0.0.1:9');
    expect(away).toMatchObject({ code: 1, stdout: '' });
    expect(away.stderr).toContain('again in');
    expect(away.stderr).toContain('Is a registry running at http://127.0.0.1:9');
  });

  it('refuses a wrong key at login, keeps a right one, and forgets it at logout', async () => {
    const login = `login --server ${proxy.url} --api-key -`;
    const wrong = await run(login, {}, `kc_${'B'.repeat(43)}\n`);
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('wrong, expired or revoked') });
    expect(await run('logout')).toMatchObject({ code: 1 });
    expect(await run(`${login} --profile gone`, {}, `${RegistryProcess.adminKey}\n`)).toMatchObject({ code: 0 });
    expect(await run('logout')).toMatchObject({ code: 0, stdout: expect.stringContaining('profile "gone" is gone') });
    expect(await run(login, {}, RegistryProcess.adminKey)).toMatchObject({ code: 0 });
    expect(json(await run('whoami --json'))).toMatchObject({
      role: 'admin',
      server: proxy.url,
      source: 'profile default',
    });
    const spoilt = await run('tasks list', { KERNELCAST_API_KEY: 'kc_nonsense' });
    expect(spoilt).toMatchObject({ code: 1, stderr: expect.stringContaining('KERNELCAST_API_KEY is wrong') });
  });

  it('buys a session with a password, and ends it at logout', async () => {
    const user = { email: 'ada@example.org', name: 'Ada', password: 'correct horse battery', installationAdmin: true };
    const client = createRegistryClient({ baseUrl: registry.url, apiKey: RegistryProcess.adminKey });
    await createUser({ client, throwOnError: true, body: user });
    const login = `login --server ${proxy.url} --profile ada --email ${user.email} --password -`;
    expect(await run(login, {}, 'incorrect')).toMatchObject({ code: 1 });
    expect(await run(login, {}, `${user.password}\n`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Ada'),
    });
    expect(json(await run('whoami --json'))).toMatchObject({ kind: 'user', name: 'Ada' });
    const saved = readFileSync(path.join(temp.path, '.config/kernelcast/config.json'), 'utf8');
    expect(saved).not.toContain(user.password);
    expect(await run('logout')).toMatchObject({ code: 0, stderr: '' });
    const { credential = '' } =
      (JSON.parse(saved) as { profiles: Record<string, { credential?: string }> }).profiles['ada'] ?? {};
    expect(await run(`whoami --server ${proxy.url}`, { KERNELCAST_API_KEY: credential })).toMatchObject({ code: 1 });
    expect(await run(`login --server ${proxy.url} --api-key -`, {}, RegistryProcess.adminKey)).toMatchObject({
      code: 0,
    });
  });

  it('goes the way from a base and a folder of images to an order, through a busy server', async () => {
    const imported = await run(
      `bases import small --graph ${BASE}/graph.json --weights ${BASE}/weights.safetensors --json`,
    );
    expect(json(imported)).toMatchObject({ name: 'small', parameters: 1_320_032 });
    const strange = path.join(temp.path, 'model.json');
    writeFileSync(strange, JSON.stringify({ weightsManifest: [{ paths: ['../.ssh/id_ed25519'] }] }));
    expect(await run(`bases import strange --model ${strange}`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('names no weights'),
    });
    const folder = path.join(temp.path, 'pets');
    await writeImages(folder);
    expect(await run(`datasets push ${folder} --quiet`)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^dsv_/),
    });
    proxy.meddling = { busy: 2 };
    expect(json(await run('tasks create pets --labels-from pets --json'))).toMatchObject({ labels: ['cat', 'dog'] });
    expect(json<{ data: unknown[] }>(await run('tasks list --json')).data).toHaveLength(1);
    const order = path.join(temp.path, 'job.json');
    writeFileSync(order, JSON.stringify({ task: 'pets', baseNetwork: 'small', seed: 1 }));
    const dry = await run(`jobs submit --file ${order} --dataset pets/1 --seed 9 --dry-run --json`);
    expect(json(dry)).toMatchObject({ valid: true, baseParameters: 1_320_032 });
    const job = json<TrainingJob>(
      await run(`jobs submit --file ${order} --dataset pets --seed 9 --deadline 2h --json`),
    );
    expect(job).toMatchObject({ taskName: 'pets', seed: 9, state: 'queued' });
    expect(await run(`jobs cancel ${job.id}`)).toMatchObject({ code: 0, stdout: `${job.id} is cancelled.\n` });
    expect(await run(`jobs cancel ${job.id}`)).toMatchObject({ code: 1, stderr: expect.stringContaining('cancel') });
    expect((await run('jobs list --state cancelled --quiet')).stdout.trim()).toBe(job.id);
  });

  it('tells a wrong command line by its exit code, and what was meant', async () => {
    expect(await run('jobs lst')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean list?') });
    const order = await run('jobs submit --task pets --set speed=9');
    expect(order).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--dataset is missing; --base is missing'),
    });
    expect(await run('modulators show pets')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('jobs submit'),
    });
  });

  it('follows a job over a connection that is cut, each event once and in order, and fails as it does', async () => {
    const job = await submit();
    await registry.tell(job, 'state', { state: 'running', attempt: 1 });
    proxy.meddling = { cuts: CUTS };
    proxy.resumed.length = 0;
    const { ended } = startCli(['jobs', 'follow', job, '--json'], home);
    for (let step = 1; step <= 40; step += 1) {
      await registry.tell(job, 'step', { step, steps: 40, loss: 1 / step, accuracy: step / 40 });
      if (step === 20 || step === 30)
        await waitFor('the stream to be cut and taken up again', () => proxy.resumed.length >= step / 10);
    }
    await registry.fail(job, { code: 'out_of_memory', message: 'the batch does not fit', retryable: true });
    const { code, stdout, stderr } = await ended;
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as JobEvent);
    const steps = events.filter(({ type }) => type === 'step').map(({ data }) => data['step']);
    expect(steps).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(proxy.resumed[0]).toBe('0');
    expect(Number(proxy.resumed.at(-1))).toBeGreaterThan(0);
    expect(code).toBe(1);
    expect(stderr).toContain('connection lost');
    expect(stderr).toContain(`kernelcast jobs retry ${job}`);
    const shown = lines(await run(`jobs follow ${job}`));
    expect(shown.filter((line) => line.includes('step '))).toHaveLength(21);
    expect(shown.at(-1)).toContain('failed: out_of_memory: the batch does not fit');
  });

  it('leaves a job alone when its reader goes away', async () => {
    const job = await submit();
    const { child, ended } = startCli(['jobs', 'follow', job], home);
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => (seen += String(chunk)));
    await waitFor('the first line', () => seen.includes('queued'));
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining(`${job} goes on without this terminal`),
    });
    expect(json(await run(`jobs show ${job} --json`))).toMatchObject({ state: 'queued' });
  });

  it('hands a replay on to the trainer, and its exit code back', async () => {
    const env = { DATABASE_URL: registry.databaseUrl };
    const unknown = await run(`replay mdv_${'0'.repeat(26)} --data-dir ${temp.path}/data`, env);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining(`mdv_${'0'.repeat(26)}`) });
    const nowhere = await run(`replay mdv_${'0'.repeat(26)}`);
    expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining('DATABASE_URL') });
  });

  it('names both releases when the registry is of another one', async () => {
    proxy.meddling = { release: '7.0.0' };
    const other = await run('trainers list');
    proxy.meddling = {};
    const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../package.json'), 'utf8')) as {
      version: string;
    };
    expect(other.stderr).toContain(`The registry is of release 7.0.0, this program of ${version}`);
    expect(other.code).toBe(1);
  });
});
