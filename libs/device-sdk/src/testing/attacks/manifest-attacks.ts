import { createHmac } from 'node:crypto';
import { NOW } from '../fake-delivery.js';
import { aModulator } from '../modulators.js';
import { tinyBase } from '../tiny-base.js';
import { answered, decode, encode, flipped, forged, offer } from './attack.js';
import type { Attack } from './attack.js';

const HOUR_MS = 3_600_000;
const past = new Date(NOW.getTime() - HOUR_MS).toISOString();
const elsewhere = `sha256:${'d'.repeat(64)}` as const;
/** Order of the Ed25519 group, least significant byte first: S + L verifies where S is not checked to be below L. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function withHigherS(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).reverse().toString('hex')}`) + GROUP_ORDER;
  bytes.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(), 32);
  return bytes.toString('base64url');
}

const CHANGES: [string, unknown][] = [
  ['group', 'grp_other'],
  ['cohort', 'coh_2'],
  ['version', 12],
  ['issuedAt', past],
  ['expiresAt', '2099-01-01T00:00:00Z'],
  ['base', { digest: elsewhere }],
  ['slots', []],
  ['trustRoot', []],
];

const changedFields: Attack[] = CHANGES.map(([field, value]) => ({
  attack: `its \`${field}\` changed after it was signed`,
  code: 'signature_invalid',
  prepare: forged((jws) => ({ ...jws, payload: encode({ ...decode(jws.payload), [field]: value }) })),
}));

const header = (change: object): Attack['prepare'] =>
  forged((jws) => ({ ...jws, protected: encode({ ...decode(jws.protected), ...change }) }));

const envelope: Attack[] = [
  { attack: 'a bit flipped at the start of its payload', code: 'signature_invalid', prepare: forged((jws) => ({ ...jws, payload: flipped(jws.payload, 2) })) },
  { attack: 'a bit flipped at the end of its payload', code: 'signature_invalid', prepare: forged((jws) => ({ ...jws, payload: flipped(jws.payload, -2) })) },
  { attack: 'a bit flipped in its signature', code: 'signature_invalid', prepare: forged((jws) => ({ ...jws, signature: flipped(jws.signature, 5) })) },
  { attack: 'its signature made another valid one (S + L)', code: 'signature_invalid', prepare: forged((jws) => ({ ...jws, signature: withHigherS(jws.signature) })) },
  { attack: 'the signature of the manifest before', code: 'signature_invalid', prepare: async (test) => {
    const before = test.delivery.manifest?.signature;
    await forged((jws) => ({ ...jws, signature: before }))(test);
  } },
  { attack: 'no signature', code: 'manifest_malformed', prepare: forged((jws) => ({ ...jws, signature: '' })) },
  { attack: '`alg` none', code: 'manifest_malformed', prepare: header({ alg: 'none' }) },
  { attack: '`alg` HS256, with the public key as the secret', code: 'manifest_malformed', prepare: forged((jws, { delivery }) => {
    const head = encode({ ...decode(jws.protected), alg: 'HS256' });
    const secret = Buffer.from(delivery.root.keys[1]?.publicKey ?? '', 'base64url');
    const signature = createHmac('sha256', secret).update(`${head}.${jws.payload}`).digest('base64url');
    return { ...jws, protected: head, signature };
  }) },
  { attack: 'a `crit` extension', code: 'manifest_malformed', prepare: header({ crit: ['b64'], b64: false }) },
  { attack: 'the `typ` of a statement', code: 'signature_invalid', prepare: header({ typ: 'kernelcast.statement/1' }) },
  { attack: 'a key of its own in the header', code: 'key_unknown', prepare: header({ kid: 'mine', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) } }) },
  { attack: 'no `kid`', code: 'manifest_malformed', prepare: header({ kid: undefined }) },
  { attack: 'cut off in its payload', code: 'signature_invalid', prepare: forged((jws) => ({ ...jws, payload: jws.payload.slice(0, 400) })) },
  { attack: 'what is no JWS', code: 'manifest_malformed', prepare: answered('manifest', () => new Response('{"payload":"e30"}')) },
  { attack: 'what is no JSON', code: 'manifest_malformed', prepare: answered('manifest', () => new Response('<html>portal</html>')) },
  { attack: 'nothing', code: 'manifest_malformed', prepare: answered('manifest', () => new Response('')) },
]; // prettier-ignore

const signedByOthers: Attack[] = [
  { attack: 'signed by a stranger', code: 'key_unknown', prepare: offer((test) => ({ manifestSigner: test.delivery.strangerKey })) },
  { attack: 'signed by a stranger who claims the manifest key’s `kid`', code: 'signature_invalid', prepare: offer(({ delivery }) => ({ manifestSigner: { ...delivery.strangerKey, kid: delivery.root.keys[1]?.kid ?? '' } })) },
  { attack: 'signed by the release key, which may not sign manifests', code: 'key_unknown', prepare: offer((test) => ({ manifestSigner: test.delivery.releaseKey })) },
]; // prettier-ignore

const genuine: Attack[] = [
  { attack: 'replayed: genuine in its time, of a lower version', code: 'manifest_downgraded', prepare: offer(() => ({ version: 9 })) },
  { attack: 'another group’s, genuine and newer', code: 'group_mismatch', prepare: offer(() => ({ changes: { group: 'grp_other' } })) },
  { attack: 'another cohort’s of the version that the device has', code: 'cohort_mismatch', prepare: offer(() => ({ version: 10, changes: { cohort: 'coh_2' } })) },
  { attack: 'expired', code: 'manifest_expired', prepare: offer(() => ({ changes: { expiresAt: past } })) },
  { attack: 'expired, with the device’s clock set back to 1970', code: 'manifest_expired', prepare: async (test) => {
    await offer(() => ({ changes: { expiresAt: past } }))(test);
    test.clock = new Date(0);
  } },
  { attack: 'expired, with a `Date` of the answer that is within its time', code: 'clock_ahead', prepare: async (test) => {
    await offer(() => ({ changes: { expiresAt: past } }))(test);
    const body = JSON.stringify(test.delivery.manifest);
    const headers = { date: new Date(Date.parse(past) - HOUR_MS).toUTCString() };
    test.delivery.intercept = ({ path }) => (path.includes('manifest') ? new Response(body, { headers }) : undefined);
  } },
  { attack: 'for a base that the device does not hold', code: 'base_mismatch', prepare: async (test) => {
    const modulator = await aModulator(await tinyBase(2), { version: 2 });
    await offer(() => ({ slots: [{ modulator }] }))(test);
  } },
]; // prettier-ignore

/** By a manifest key that fell into wrong hands. */
const stolenKey: Attack[] = [
  { attack: 'two entries for one slot, signed by the manifest key', code: 'manifest_malformed', prepare: offer(({ next, good }) => ({ slots: [{ modulator: next }, { modulator: good }] })) },
  { attack: 'more than 256 slots, signed by the manifest key', code: 'manifest_malformed', prepare: unchecked((slots) => Array(257).fill(slots[0])) },
  { attack: 'a slot named `../../etc`, signed by the manifest key', code: 'manifest_malformed', prepare: unchecked((slots) => slots.map((slot) => ({ ...slot, slot: '../../etc' }))) },
  { attack: 'a slot named `__proto__`, signed by the manifest key', code: 'manifest_malformed', prepare: unchecked((slots) => slots.map((slot) => ({ ...slot, slot: '__proto__' }))) },
  { attack: 'a version beyond 2⁵³, signed by the manifest key', code: 'manifest_malformed', prepare: unchecked((slots) => slots, { version: 2 ** 60 }) },
  { attack: 'no group, signed by the manifest key', code: 'manifest_malformed', prepare: unchecked((slots) => slots, { group: undefined }) },
]; // prettier-ignore

/** Signs with the manifest key what `signManifest` would not. */
function unchecked(change: (slots: object[]) => object[], changes: object = {}): Attack['prepare'] {
  return forged((jws, { delivery }) => {
    const payload = decode(jws.payload);
    return delivery.signAnything({ ...payload, slots: change(payload['slots'] as object[]), ...changes });
  });
}

export const MANIFEST_ATTACKS: readonly Attack[] = [
  ...changedFields,
  ...envelope,
  ...signedByOthers,
  ...genuine,
  ...stolenKey,
];
