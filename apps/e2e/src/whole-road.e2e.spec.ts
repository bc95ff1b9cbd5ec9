import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { listDevices, listModulators, listModulatorVersions, listTasks } from '@kernelcast/api-client';
import { tempDir, waitFor } from '@kernelcast/testing';
import { digits } from './support/digits.js';
import { PlatformUnderTest } from './support/platform.js';
import { postgresOn, runApp } from './support/processes.js';
import { createGroup, createTaskWithData, followJob, readJob, releaseResult, submitJob } from './support/road.js';

/** Enough for a clear result on a few classes, little enough for a test. */
const HYPERPARAMETERS = { steps: 60, batchSize: 24 };
const MIN_ACCURACY = 0.8;
const LONG_MS = 300_000;

describe('the whole road', () => {
  const folder = tempDir('e2e-road');
  const deviceState = path.join(folder.path, 'device');
  const images = path.join(folder.path, 'images');
  const labelOf = new Map<string, string>();
  let platform: PlatformUnderTest;
  let groupId: string;

  const device = async (command: string, ...args: string[]) => {
    const { code, output } = await runApp('device-agent', [command, '--state', deviceState, '--json', ...args]);
    return { code, output, json: () => JSON.parse(output) as unknown };
  };
  const accuracyOnDevice = async (task: string, relabel = (label: string) => label) => {
    const { json } = await device('classify', '--task', task, images);
    const predictions = json() as Array<{ file: string; label: string }>;
    expect(predictions).toHaveLength(labelOf.size);
    const hits = predictions.filter(({ file, label }) => label === relabel(labelOf.get(path.basename(file)) ?? ''));
    return hits.length / predictions.length;
  };

  beforeAll(async () => {
    mkdirSync(images);
    platform = await PlatformUnderTest.start(path.join(folder.path, 'data'));
  }, LONG_MS);
  afterAll(async () => {
    await platform.stop();
    folder.remove();
  }, LONG_MS);

  it(
    'trains two tasks from jobs submitted over REST, telling their progress as it happens',
    async () => {
      const { labels, zip, test } = await digits({ classes: 4, train: 40, test: 15 });
      for (const { name, label, png } of test) {
        writeFileSync(path.join(images, name), png);
        labelOf.set(name, label);
      }
      const group = await createGroup(platform, 'kiosks');
      groupId = group.groupId;
      await device('enrol', '--server', platform.at.deliveryUrl, '--token', group.token);
      const jobs = [];
      for (const [task, seed] of [
        ['digits', 1],
        ['digits-again', 2],
      ] as const) {
        const datasetVersion = await createTaskWithData(platform, { name: task, labels, zip });
        jobs.push(await submitJob(platform, { task, datasetVersion, seed, hyperparameters: HYPERPARAMETERS }));
      }
      for (const id of jobs) {
        const events = await followJob(platform, id);
        expect(events.filter(({ type }) => type === 'step').length).toBeGreaterThan(1);
        const job = await readJob(platform, id);
        expect(job).toMatchObject({ state: 'succeeded', attempt: 1, error: null });
        expect(job.metrics?.top1).toBeGreaterThan(MIN_ACCURACY);
        await releaseResult(platform, job, groupId);
      }
    },
    LONG_MS,
  );

  it('keeps the modulator within its budget, and a download far below the network', async () => {
    const { data: page } = await listModulators(platform.call);
    for (const { id } of page.data) {
      const { data: versions } = await listModulatorVersions({ ...platform.call, path: { id } });
      for (const version of versions.data) {
        expect(version.paramsRatio).toBeLessThanOrEqual(0.014);
        expect(version.size).toBeLessThan(0.02 * 4 * 1_320_032);
      }
    }
  });

  it(
    'delivers both tasks to the device, which proves and reports them',
    async () => {
      expect((await device('run', '--once')).code).toBe(0);
      const { data: page } = await listDevices(platform.call);
      expect(page.data[0]?.slots.map(({ slot, phase, version }) => ({ slot, phase, version }))).toEqual([
        { slot: 'digits', phase: 'active', version: 1 },
        { slot: 'digits-again', phase: 'active', version: 1 },
      ]);
      expect(await accuracyOnDevice('digits')).toBeGreaterThan(MIN_ACCURACY);
    },
    LONG_MS,
  );

  it('refuses a device whose credential was tampered with, and one with an unknown token', async () => {
    const manifest = await fetch(`${platform.at.deliveryUrl}/device/v1/manifest`, {
      headers: { authorization: 'Bearer nonsense' },
    });
    expect([manifest.status, ((await manifest.json()) as { code: string }).code]).toEqual([401, 'credential_invalid']);
    const state = path.join(folder.path, 'stranger');
    const { code, output } = await runApp('device-agent', [
      'enrol',
      '--state',
      state,
      '--server',
      platform.at.deliveryUrl,
      '--token',
      'wrong',
      '--json',
    ]);
    expect(code).toBe(1);
    expect(output).toContain('enrolment_token_invalid');
  });

  it(
    'resumes a job whose trainer was killed, and registers its result once',
    async () => {
      const { labels, zip } = await digits({ classes: 2, train: 30, test: 10 });
      const datasetVersion = await createTaskWithData(platform, { name: 'killed', labels, zip });
      const id = await submitJob(platform, {
        task: 'killed',
        datasetVersion,
        hyperparameters: { steps: 300, batchSize: 16 },
      });
      let killed = false;
      const events = await followJob(platform, id, ({ type, data }) => {
        if (killed || type !== 'step' || Number(data['step']) < 20) return;
        killed = true;
        for (const pid of platform.trainers()) process.kill(pid, 'SIGKILL');
      });
      expect(killed).toBe(true);
      const job = await readJob(platform, id);
      expect(job.state).toBe('succeeded');
      expect(job.attempt).toBeGreaterThan(1);
      expect(events.filter(({ type, data }) => type === 'state' && data['state'] === 'succeeded')).toHaveLength(1);
      const { data: page } = await listModulators({ ...platform.call, query: { task: 'killed' } });
      const { data: versions } = await listModulatorVersions({
        ...platform.call,
        path: { id: page.data[0]?.id ?? '' },
      });
      expect(versions.data.map(({ trainingJobId }) => trainingJobId)).toEqual([id]);
    },
    LONG_MS,
  );

  it(
    'comes back by itself when its Postgres was killed',
    async () => {
      process.kill(postgresOn(new URL(platform.at.databaseUrl).port), 'SIGKILL');
      await waitFor('the registry to lose its database', () =>
        listTasks(platform.call).then(
          () => false,
          () => true,
        ),
      );
      await waitFor('the registry to answer again', () => listTasks(platform.call), LONG_MS);
      expect((await device('run', '--once')).code).toBe(0);
    },
    LONG_MS,
  );

  it(
    'lets the device serve both tasks when the platform is gone, and continues with its data afterwards',
    async () => {
      expect(await platform.stop()).toBe(0);
      await expect(fetch(`${platform.at.deliveryUrl}/healthz`)).rejects.toThrow();
      for (const task of ['digits', 'digits-again', 'digits'])
        expect(await accuracyOnDevice(task)).toBeGreaterThan(MIN_ACCURACY);

      platform = await PlatformUnderTest.start(path.join(folder.path, 'data'));
      const { data: page } = await listTasks(platform.call);
      expect(page.data.map(({ name }) => name).sort()).toEqual(['digits', 'digits-again', 'killed']);
      await waitFor('the device to be answered again', async () => (await device('run', '--once')).code === 0, LONG_MS);
    },
    LONG_MS,
  );
});
