import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { startPostgres, startRedis, startS3, tempDir } from '@kernelcast/testing';
import { digits } from './support/digits.js';
import { PlatformUnderTest } from './support/platform.js';
import { runApp } from './support/processes.js';
import { createGroup, createTaskWithData, followJob, readJob, releaseResult, submitJob } from './support/road.js';

const LONG_MS = 300_000;

describe('the platform on a Postgres, a Redis and an S3 endpoint of somebody else', () => {
  const folder = tempDir('e2e-servers');
  const data = path.join(folder.path, 'data');
  const stops: Array<() => unknown> = [];
  let platform: PlatformUnderTest;
  let withS3 = false;

  beforeAll(async () => {
    const postgres = await startPostgres();
    const redis = await startRedis();
    // Says loudly why when no S3 server can be had here; the road is then driven on the local directory.
    const s3 = await startS3();
    stops.push(
      () => postgres.stop(),
      () => redis.stop(),
      () => s3?.stop(),
    );
    withS3 = s3 !== undefined;
    platform = await PlatformUnderTest.start(data, {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      ...(s3 && {
        S3_ENDPOINT: s3.endpoint,
        S3_BUCKET: s3.bucket,
        S3_REGION: s3.region,
        S3_ACCESS_KEY_ID: s3.accessKeyId,
        S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
        S3_FORCE_PATH_STYLE: 'true',
      }),
    });
    stops.unshift(() => platform.stop());
  }, LONG_MS);
  afterAll(async () => {
    for (const stop of stops) await stop();
    folder.remove();
  }, LONG_MS);

  it(
    'trains a job and delivers it to a device',
    async () => {
      const { labels, zip } = await digits({ classes: 2, train: 20, test: 10 });
      const datasetVersion = await createTaskWithData(platform, { name: 'pair', labels, zip });
      const id = await submitJob(platform, {
        task: 'pair',
        datasetVersion,
        hyperparameters: { steps: 20, batchSize: 16 },
      });
      await followJob(platform, id);
      const job = await readJob(platform, id);
      expect(job).toMatchObject({ state: 'succeeded', attempt: 1 });
      const { groupId, token } = await createGroup(platform, 'devices');
      await releaseResult(platform, job, groupId);
      const state = ['--state', path.join(folder.path, 'device')];
      expect(
        (await runApp('device-agent', ['enrol', ...state, '--server', platform.at.deliveryUrl, '--token', token])).code,
      ).toBe(0);
      expect((await runApp('device-agent', ['run', '--once', ...state])).code).toBe(0);
    },
    LONG_MS,
  );

  it('keeps no database and, with a bucket, no object of its own', () => {
    expect(existsSync(path.join(data, 'postgres'))).toBe(false);
    expect(readdirSync(path.join(data, 'objects')).length === 0).toBe(withS3);
  });
});
