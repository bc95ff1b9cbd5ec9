import { randomBytes } from 'node:crypto';
import type { RunningService } from '@kernelcast/platform';
import { waitFor } from '@kernelcast/testing';
import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { digestOfBytes } from '../testing/registry-rows.factory.js';
import { codeOf, TestDevice } from '../testing/test-device.js';

let delivery: DeliveryFixture;
let baseId: string;

beforeAll(async () => {
  process.env['KERNELCAST_CHECK_RESPONSES'] = '1';
  delivery = await startDeliveryFixture();
  baseId = await delivery.rows.base(BASE);
});
const replicas: RunningService[] = [];
const startReplica = async (environment: Record<string, string>): Promise<RunningService> => {
  const replica = await delivery.startReplica(environment);
  replicas.push(replica);
  return replica;
};
afterAll(async () => {
  for (const replica of replicas) await replica.close();
  await delivery.stop();
});

const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());
const enrolInto = async (groupId: string) => TestDevice.enrol(delivery.url, await delivery.rows.token(groupId));

describe('blobs', () => {
  const bytes = Buffer.from('0123456789');
  const digest = digestOfBytes(bytes);
  let device: TestDevice;

  beforeAll(async () => {
    const groupId = await delivery.rows.group();
    await delivery.putBlob(bytes);
    await delivery.rows.startedRollout(groupId, await delivery.rows.approvedVersion(baseId, bytes, 'blobs'));
    device = await enrolInto(groupId);
    const { etag, manifest } = await device.manifest();
    if (manifest.slots.length === 0) expect((await device.poll(etag, 30)).status).toBe(200);
  });

  it('are served whole, to be kept for ever', async () => {
    const answer = await device.get(`blobs/${digest}`);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      etag: `"${digest}"`,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-length': '10',
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
    });
    expect(await answer.text()).toBe('0123456789');
    expect((await device.get(`blobs/${digest}`, { 'if-none-match': `"${digest}"` })).status).toBe(304);
  });

  it('are served in parts', async () => {
    const answer = await device.get(`blobs/${digest}`, { range: 'bytes=4-', 'if-range': `"${digest}"` });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([206, 'bytes 4-9/10']);
    expect(await answer.text()).toBe('456789');
  });

  it('are served whole when the part is of something else', async () => {
    const answer = await device.get(`blobs/${digest}`, { range: 'bytes=4-', 'if-range': '"other"' });
    expect([answer.status, await answer.text()]).toEqual([200, '0123456789']);
  });

  it('have no bytes past their end', async () => {
    const answer = await device.get(`blobs/${digest}`, { range: 'bytes=10-' });
    expect(answer.headers.get('content-range')).toBe('bytes */10');
    expect(await codeOf(answer)).toEqual([416, 'range_not_satisfiable']);
  });

  it('are told of without their bytes', async () => {
    const answer = await fetch(`${delivery.url}/device/v1/blobs/${digest}`, {
      method: 'HEAD',
      headers: device.authorization,
    });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '10', '']);
  });

  it('larger than what is kept in memory come from the store: whole, in part, and never when they are damaged', async () => {
    const large = randomBytes(3 * 1024 ** 2);
    const groupId = await delivery.rows.group();
    const replica = await startReplica({ KERNELCAST_BLOB_CACHED_MB: '1' });
    await delivery.rows.startedRollout(groupId, await delivery.rows.approvedVersion(baseId, large, 'large'));
    const owner = (await enrolInto(groupId)).at(replica.url);
    const url = `blobs/${digestOfBytes(large)}`;
    await waitFor('the blob to be named', async () => (await owner.get(url)).status !== 404);
    expect(await codeOf(await owner.get(url))).toEqual([503, 'service_unavailable']);

    await delivery.putBlob(large);
    expect(digestOfBytes(await bytesOf(await owner.get(url)))).toBe(digestOfBytes(large));
    const part = await bytesOf(await owner.get(url, { range: 'bytes=1000000-1999999' }));
    expect(part.equals(large.subarray(1_000_000, 2_000_000))).toBe(true);

    await delivery.damageBlob(large, (bytes) => bytes.fill(0, 10, 20));
    expect(await codeOf(await owner.get(url))).toEqual([503, 'service_unavailable']);
    await delivery.damageBlob(large, (bytes) => bytes.subarray(0, 100));
    expect(await codeOf(await owner.get(url))).toEqual([503, 'service_unavailable']);
  });

  it('may still be fetched for a while after the manifest names others', async () => {
    const groupId = await delivery.rows.group();
    const older = await delivery.rows.approvedVersion(baseId, Buffer.from('an older version'), 'moving');
    await delivery.putBlob(Buffer.from('an older version'));
    const rolloutId = await delivery.rows.startedRollout(groupId, older);
    const moving = await enrolInto(groupId);
    const url = `blobs/${digestOfBytes(Buffer.from('an older version'))}`;
    await waitFor('the blob to be named', async () => (await moving.get(url)).status === 200);
    const { etag } = await moving.manifest();
    await delivery.rows.withdraw(rolloutId);
    expect((await moving.poll(etag, 30)).status).toBe(200);
    expect((await moving.manifest()).manifest.slots).toEqual([]);
    expect(await (await moving.get(url, { range: 'bytes=3-' })).text()).toBe('older version');
  });

  it('are given elsewhere when that is configured', async () => {
    const cdn = await startReplica({
      KERNELCAST_BLOB_REDIRECT: 'cdn',
      KERNELCAST_BLOB_CDN_URL: 'https://cdn.test/kc',
    });
    const headers = device.authorization;
    const answer = await fetch(`${cdn.url}/device/v1/blobs/${digest}`, { headers, redirect: 'manual' });
    const hex = digest.slice('sha256:'.length);
    const location = `https://cdn.test/kc/blobs/sha256/${hex.slice(0, 2)}/${hex}`;
    expect([answer.status, answer.headers.get('location')]).toEqual([307, location]);
  });

  it('are found only by devices whose manifest names them', async () => {
    const other = await enrolInto(await delivery.rows.group());
    expect(await codeOf(await other.get(`blobs/${digest}`))).toEqual([404, 'blob_not_found']);
    expect(await codeOf(await device.get(`blobs/${digestOfDigit('9')}`))).toEqual([404, 'blob_not_found']);
    expect(await codeOf(await fetch(`${delivery.url}/device/v1/blobs/${digest}`))).toEqual([401, 'credential_invalid']);
  });
});
