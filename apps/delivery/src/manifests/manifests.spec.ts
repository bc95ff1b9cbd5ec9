import { generateSigningKey, importSigner, verifyManifest } from '@kernelcast/trust';
import type { SigningKey } from '@kernelcast/trust';
import { BASE } from '../testing/fleet.factory.js';
import { MANIFEST_LIFETIME_MS, REISSUE_PERIOD_MS, validityAt } from './manifest-validity.js';
import { Manifests } from './manifests.js';

const NOW = new Date('2026-03-04T05:06:07Z');
const state = { groupId: 'grp_1', cohort: 'coh_1', version: 4, baseDigest: BASE, assignments: [] };
let key: SigningKey;

beforeAll(async () => {
  key = await generateSigningKey();
});
const manifests = async () => new Manifests(await importSigner(key));

describe('Manifests', () => {
  it('signs what a device accepts, and its ETag is the digest of the payload', async () => {
    const { jws, etag } = await (await manifests()).current(state, NOW);
    const root = { keys: [{ kid: key.kid, role: 'manifest' as const, publicKey: key.publicKey }] };
    const held = { now: NOW, heldBaseDigests: [BASE], lastAcceptedVersion: 4 };
    const { manifest, digest } = await verifyManifest(jws, root, held);
    expect(manifest).toMatchObject({ group: 'grp_1', cohort: 'coh_1', version: 4, slots: [] });
    expect(etag).toBe(`"${digest}"`);
  });

  it('is ready without a promise once signed, until it is due', async () => {
    const service = await manifests();
    expect(service.ready(state, NOW)).toBeUndefined();
    const signed = await service.current(state, NOW);
    expect(service.ready(state, NOW)).toBe(signed);
    expect(service.ready(state, new Date(signed.reissueAt))).toBeUndefined();
  });

  it('gives the same bytes from every replica within a period, others in the next', async () => {
    const first = await (await manifests()).current(state, NOW);
    const replica = await (await manifests()).current({ ...state }, new Date(first.reissueAt - 1));
    const later = await (await manifests()).current(state, new Date(first.reissueAt));
    expect(replica).toEqual(first);
    expect(later.etag).not.toBe(first.etag);
  });
});

describe('validityAt', () => {
  it('leaves a device at least half the lifetime, whenever it asks', () => {
    for (let hour = 0; hour < 24 * 8; hour++) {
      const now = new Date(NOW.getTime() + hour * 3_600_000);
      const { issuedAt, expiresAt, reissueAt } = validityAt('coh_1', now);
      expect(issuedAt.getTime()).toBeLessThanOrEqual(now.getTime());
      expect(reissueAt.getTime()).toBeGreaterThan(now.getTime());
      expect(expiresAt.getTime() - now.getTime()).toBeGreaterThanOrEqual(MANIFEST_LIFETIME_MS - REISSUE_PERIOD_MS);
    }
  });

  it('does not renew all cohorts at one moment', () => {
    const moments = Array.from({ length: 20 }, (_, i) => validityAt(`coh_${i}`, NOW).reissueAt.getTime());
    expect(new Set(moments).size).toBe(20);
  });
});
