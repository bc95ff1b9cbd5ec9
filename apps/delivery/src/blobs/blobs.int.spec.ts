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
afterAll(() => delivery.stop());

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

  it('are found only by devices whose manifest names them', async () => {
    const other = await enrolInto(await delivery.rows.group());
    expect(await codeOf(await other.get(`blobs/${digest}`))).toEqual([404, 'blob_not_found']);
    expect(await codeOf(await device.get(`blobs/${digestOfDigit('9')}`))).toEqual([404, 'blob_not_found']);
    expect(await codeOf(await fetch(`${delivery.url}/device/v1/blobs/${digest}`))).toEqual([401, 'credential_invalid']);
  });
});
