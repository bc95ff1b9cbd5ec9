import { CREDENTIAL_CHALLENGE_PREFIX } from '@kernelcast/contracts';
import { expectDocumented } from '@kernelcast/testing';
import { generateSigningKey, importSigner, signBytes, signChallenge } from '@kernelcast/trust';
import { deriveKey } from '../credentials/credentials.js';
import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { CREDENTIAL_ATTACKS, HONEST_REPORTS, REPORT_ATTACKS } from '../testing/device-attacks.js';
import { BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { codeOf, post, TestDevice } from '../testing/test-device.js';

let delivery: DeliveryFixture;

beforeAll(async () => {
  process.env['KERNELCAST_CHECK_RESPONSES'] = '1';
  delivery = await startDeliveryFixture();
  await delivery.rows.base(BASE);
});
afterAll(() => delivery.stop());

const enrolInto = async (groupId: string) => TestDevice.enrol(delivery.url, await delivery.rows.token(groupId));
const enrolRequest = (enrolmentToken: string, fields: object = {}) => ({
  enrolmentToken,
  publicKey: 'A'.repeat(43),
  baseDigests: [BASE],
  runtime: 'jest',
  ...fields,
});
const enrol = (body: unknown) => post(`${delivery.url}/device/v1/enrol`, body);

describe('enrolment', () => {
  it('gives a device of the token’s group a credential and the keys to trust', async () => {
    const groupId = await delivery.rows.group();
    const device = await enrolInto(groupId);
    expect(device.enrolment.groupId).toBe(groupId);
    const { keys } = device.enrolment.trustRoot;
    expect(keys).toContainEqual({
      kid: delivery.releaseKey.kid,
      role: 'release',
      publicKey: delivery.releaseKey.publicKey,
    });
    expect(keys.filter(({ role }) => role === 'manifest')).toHaveLength(1);
    const stored = await delivery.database.prisma.device.findUniqueOrThrow({ where: { id: device.id } });
    expect(stored).toMatchObject({ groupId, baseDigests: [BASE], attributes: { site: 'test' } });
    expect((await device.poll()).status).toBe(200);
  });

  it('counts a token exactly, however many devices come at once', async () => {
    const token = await delivery.rows.token(await delivery.rows.group(), { uses: 3 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => enrol(enrolRequest(token))));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 401, 401, 401, 401, 401]);
  });

  it('refuses unknown and expired tokens', async () => {
    const expired = await delivery.rows.token(await delivery.rows.group(), { expiresInMs: -1 });
    expect(await codeOf(await enrol(enrolRequest('nope')))).toEqual([401, 'enrolment_token_invalid']);
    expect(await codeOf(await enrol(enrolRequest(expired)))).toEqual([401, 'enrolment_token_invalid']);
  });

  it('refuses a device that holds no base known here, and leaves its token uncounted', async () => {
    const token = await delivery.rows.token(await delivery.rows.group(), { uses: 1 });
    const strange = enrolRequest(token, { baseDigests: [digestOfDigit('e')] });
    expect(await codeOf(await enrol(strange))).toEqual([422, 'base_not_supported']);
    expect((await enrol(enrolRequest(token))).status).toBe(201);
  });

  it('names the faults of a malformed request', async () => {
    const answer = await enrol({ ...enrolRequest('t'), publicKey: 'short', extra: 1 });
    expect(answer.status).toBe(422);
    expect(((await answer.json()) as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)).toEqual([
      '/body/publicKey',
      '/body',
    ]);
  });
});

describe('credentials', () => {
  const pollWith = (credential: string) =>
    fetch(`${delivery.url}/device/v1/manifest`, { headers: { authorization: `Bearer ${credential}` } });

  it('end with a revocation, at the next poll, also one that waits, and cannot be renewed', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const { etag } = await device.manifest();
    const waiting = device.poll(etag, 30);
    await delivery.rows.revoke(device.id);
    expect(await codeOf(await waiting)).toEqual([401, 'credential_revoked']);
    expect(await codeOf(await device.poll(etag))).toEqual([401, 'credential_revoked']);
    expect(await codeOf(await renew(device))).toEqual([401, 'credential_revoked']);
  });

  it('are renewed by a signature of the device key, once a nonce', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const nonce = await newNonce();
    const signature = await signChallenge({ deviceId: device.id, nonce }, device.signer);
    const body = { deviceId: device.id, nonce, signature };
    const answer = await post(`${delivery.url}/device/v1/credential`, body);
    expect(answer.status).toBe(200);
    const { credential } = (await answer.json()) as { credential: string };
    expect((await pollWith(credential)).status).toBe(200);
    expect(await codeOf(await post(`${delivery.url}/device/v1/credential`, body))).toEqual([401, 'nonce_invalid']);
  });

  it('are not renewed for another key, another device or a nonce that is not ours', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const thief = await importSigner(await generateSigningKey());
    const other = await enrolInto(await delivery.rows.group());
    expect(await codeOf(await renew(device, { signer: thief }))).toEqual([401, 'signature_invalid']);
    expect(await codeOf(await renew(device, { signer: other.signer }))).toEqual([401, 'signature_invalid']);
    expect(await codeOf(await renew(device, { nonce: 'x.1.y' }))).toEqual([401, 'nonce_invalid']);
    expect(await codeOf(await renew(device, { deviceId: `dev_${'0'.repeat(26)}` }))).toEqual([404, 'device_not_found']);
  });

  const newNonce = async (): Promise<string> => {
    const answer = await post(`${delivery.url}/device/v1/nonce`, undefined);
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { nonce: string }).nonce;
  };

  const renew = async (
    device: TestDevice,
    change: { signer?: TestDevice['signer']; nonce?: string; deviceId?: string } = {},
  ) => {
    const { signer = device.signer, nonce = await newNonce(), deviceId = device.id } = change;
    const challenge = new TextEncoder().encode(`${CREDENTIAL_CHALLENGE_PREFIX}:${deviceId}:${nonce}`);
    const signature = await signBytes(challenge, signer);
    return post(`${delivery.url}/device/v1/credential`, { deviceId, nonce, signature });
  };
});

describe('attacks', () => {
  it.each(CREDENTIAL_ATTACKS)('by a credential: %s', async (_, code, show) => {
    const [device, other] = [
      await enrolInto(await delivery.rows.group()),
      await enrolInto(await delivery.rows.group()),
    ];
    const { deviceId, credential } = device.enrolment;
    const key = deriveKey(delivery.masterKey, 'kernelcast.credential/1');
    const shown = show({ deviceId, credential, otherId: other.id, key });
    const headers = { authorization: `Bearer ${shown}` };
    for (const path of ['manifest', `blobs/${BASE}`]) {
      expect(await codeOf(await fetch(`${delivery.url}/device/v1/${path}`, { headers }))).toEqual([401, code]);
    }
    expect(await codeOf(await post(`${delivery.url}/device/v1/reports`, { reports: HONEST_REPORTS }, headers))).toEqual(
      [401, code],
    );
    expect((await device.poll()).status).toBe(200);
  });

  it.each(REPORT_ATTACKS)('by reports: %s', async (_, refusal, body) => {
    const [device, other] = [
      await enrolInto(await delivery.rows.group()),
      await enrolInto(await delivery.rows.group()),
    ];
    await device.report(HONEST_REPORTS);
    const answer = await post(`${delivery.url}/device/v1/reports`, body, device.authorization);
    if (refusal === 'validation_failed') expect(await codeOf(answer)).toEqual([422, refusal]);
    else expect(await answer.json()).toEqual({ acceptedThrough: 2 });
    const where = { deviceId: { in: [device.id, other.id, `dev_${'0'.repeat(26)}`] } };
    const stored = await delivery.database.prisma.report.findMany({ where, orderBy: { seq: 'asc' } });
    expect(stored).toMatchObject(
      HONEST_REPORTS.map(({ seq, phase }) => ({ deviceId: device.id, seq: BigInt(seq), phase })),
    );
  });

  it('are those in the docs', () => {
    const document = (name: string, attacks: readonly (readonly [string, string, unknown])[]): void =>
      expectDocumented('docs/security-device.md', name, [
        ['attack', 'refused with'],
        ...attacks.map(([attack, code]) => [attack, /^\w+$/.test(code) ? `\`${code}\`` : code]),
      ]);
    document('credential', CREDENTIAL_ATTACKS);
    document('report', REPORT_ATTACKS);
  });
});
