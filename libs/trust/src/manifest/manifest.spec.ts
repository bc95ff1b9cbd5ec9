import { digestOf } from '@kernelcast/artifact';
import { MANIFEST_TYPE } from '@kernelcast/contracts';
import type { FlattenedJws, Manifest, TrustRoot } from '@kernelcast/contracts';
import { signJws } from '../jws/jws.js';
import { generateSigningKey, importSigner } from '../keys/signing-key.js';
import type { Signer } from '../keys/signing-key.js';
import type { KeyRole } from '../keys/trust-root.js';
import { CLOCK_TOLERANCE_MS, signManifest, verifyManifest } from './manifest.js';
import type { ManifestExpectations } from './manifest.js';
import { signStatement, verifyStatement } from './statement.js';

type Hex = 'a' | 'b' | 'c' | 'd';
const digest = (hex: Hex): `sha256:${string}` => `sha256:${hex.repeat(64)}`;
const BASE = digest('a');
const MODULATOR = digest('b');
const EXPIRES = '2026-01-02T00:00:00Z';

let releaseKey: Signer;
let manifestKey: Signer;
let strangerKey: Signer;
let root: TrustRoot;

beforeAll(async () => {
  const keys: TrustRoot['keys'] = [];
  const make = async (role?: KeyRole): Promise<Signer> => {
    const stored = await generateSigningKey();
    if (role) keys.push({ kid: stored.kid, role, publicKey: stored.publicKey });
    return importSigner(stored);
  };
  [releaseKey, manifestKey, strangerKey] = [await make('release'), await make('manifest'), await make()];
  root = { keys };
});

const CLAIMS = { modulatorDigest: MODULATOR, baseDigest: BASE, task: 'digits', version: 3 };

async function manifestOf(changes: Partial<Manifest> = {}, statement?: FlattenedJws): Promise<Manifest> {
  const slot = {
    slot: 'main',
    task: 'digits',
    modulatorVersion: 3,
    digest: MODULATOR,
    size: 40_000,
    encoding: 'f16' as const,
    labelsDigest: digest('c'),
    statement: statement ?? (await signStatement(CLAIMS, releaseKey)),
    deltas: [],
  };
  return {
    type: MANIFEST_TYPE,
    group: 'grp_1',
    cohort: 'coh_1',
    version: 7,
    issuedAt: '2026-01-01T00:00:00Z',
    expiresAt: EXPIRES,
    base: { digest: BASE },
    slots: [slot],
    ...changes,
  };
}

const expectations = (changes: Partial<ManifestExpectations> = {}): ManifestExpectations => ({
  now: new Date('2026-01-01T12:00:00Z'),
  heldBaseDigests: [BASE],
  lastAcceptedVersion: 7,
  group: 'grp_1',
  cohort: 'coh_1',
  ...changes,
});

async function expectRefusal(jws: unknown, code: string, changes: Partial<ManifestExpectations> = {}): Promise<void> {
  await expect(verifyManifest(jws, root, expectations(changes))).rejects.toMatchObject({ name: 'TrustError', code });
}

describe('verifyManifest', () => {
  it('accepts what the manifest key signed, and names it by the digest of its payload', async () => {
    const manifest = await manifestOf();
    const jws = await signManifest(manifest, manifestKey);
    const verified = await verifyManifest(jws, root, expectations());
    expect(verified.manifest).toEqual(manifest);
    expect(verified.kid).toBe(manifestKey.kid);
    expect(verified.digest).toBe(await digestOf(Buffer.from(jws.payload, 'base64url')));
  });

  it('accepts a manifest without slots, and any group and cohort when none is asked for', async () => {
    const jws = await signManifest(await manifestOf({ slots: [], cohort: 'coh_2', group: 'grp_2' }), manifestKey);
    const any = { cohort: undefined, group: undefined };
    await expect(verifyManifest(jws, root, expectations(any))).resolves.toBeDefined();
  });

  it('refuses a changed payload', async () => {
    const jws = await signManifest(await manifestOf(), manifestKey);
    const changed = Buffer.from(JSON.stringify(await manifestOf({ version: 8 }))).toString('base64url');
    await expectRefusal({ ...jws, payload: changed }, 'signature_invalid');
  });

  it('refuses an unknown key', async () => {
    await expectRefusal(await signManifest(await manifestOf(), strangerKey), 'key_unknown');
  });

  it('refuses the release key in the place of the manifest key', async () => {
    await expectRefusal(await signManifest(await manifestOf(), releaseKey), 'key_unknown');
  });

  it('refuses a lower version than it has accepted', async () => {
    const jws = await signManifest(await manifestOf({ version: 6 }), manifestKey);
    await expectRefusal(jws, 'manifest_downgraded');
    await expectRefusal(jws, 'manifest_downgraded', { lastAcceptedVersion: NaN });
  });

  it('refuses an expired manifest, once the tolerance for clocks is over', async () => {
    const jws = await signManifest(await manifestOf(), manifestKey);
    const end = Date.parse(EXPIRES) + CLOCK_TOLERANCE_MS;
    await expect(verifyManifest(jws, root, expectations({ now: new Date(end) }))).resolves.toBeDefined();
    await expectRefusal(jws, 'manifest_expired', { now: new Date(end + 1) });
    await expectRefusal(jws, 'manifest_expired', { now: new Date(NaN) });
  });

  it('refuses a manifest of another group, before it looks at anything else in it', async () => {
    const other = await manifestOf({ group: 'grp_2', version: 1, cohort: 'coh_2' });
    await expectRefusal(await signManifest(other, manifestKey), 'group_mismatch', { now: new Date(NaN) });
  });

  it('refuses a manifest that names no group', async () => {
    const { group: _, ...manifest } = await manifestOf();
    await expectRefusal(await signJws(manifest, manifestKey, MANIFEST_TYPE), 'manifest_malformed');
  });

  it('refuses a manifest of another cohort', async () => {
    await expectRefusal(await signManifest(await manifestOf({ cohort: 'coh_2' }), manifestKey), 'cohort_mismatch');
  });

  it('refuses a base it does not hold', async () => {
    const jws = await signManifest(await manifestOf(), manifestKey);
    await expectRefusal(jws, 'base_mismatch', { heldBaseDigests: [digest('d')] });
  });

  it.each([
    ['no JWS', { payload: 'e30' }],
    ['nothing', null],
  ])('refuses %s', async (_, jws) => {
    await expectRefusal(jws, 'manifest_malformed');
  });

  it('refuses a signed payload of another shape', async () => {
    await expectRefusal(await signJws({ type: MANIFEST_TYPE }, manifestKey, MANIFEST_TYPE), 'manifest_malformed');
  });

  it('refuses a manifest signed for another purpose', async () => {
    await expectRefusal(await signJws(await manifestOf(), manifestKey, 'other/1'), 'manifest_malformed');
  });

  it('refuses two entries for one slot', async () => {
    const { slots } = await manifestOf();
    const jws = await signManifest(await manifestOf({ slots: [...slots, ...slots] }), manifestKey);
    await expectRefusal(jws, 'manifest_malformed');
  });

  it.each([
    ['digest', { modulatorDigest: digest('d') }],
    ['base', { baseDigest: digest('d') }],
    ['task', { task: 'letters' }],
    ['version', { version: 2 }],
  ])('refuses a genuine statement about another %s', async (_, other) => {
    const statement = await signStatement({ ...CLAIMS, ...other }, releaseKey);
    await expectRefusal(await signManifest(await manifestOf({}, statement), manifestKey), 'statement_mismatch');
  });

  it('refuses a statement by the manifest key, or by a stranger', async () => {
    for (const key of [manifestKey, strangerKey]) {
      const manifest = await manifestOf({}, await signStatement(CLAIMS, key));
      await expectRefusal(await signManifest(manifest, manifestKey), 'key_unknown');
    }
  });

  it('refuses a statement with the signature of another', async () => {
    const genuine = await signStatement(CLAIMS, releaseKey);
    const { signature } = await signStatement({ ...CLAIMS, version: 2 }, releaseKey);
    const manifest = await manifestOf({}, { ...genuine, signature });
    await expectRefusal(await signManifest(manifest, manifestKey), 'signature_invalid');
  });

  it('refuses something else that the release key signed in the place of a statement', async () => {
    const manifest = await manifestOf({}, await signJws(CLAIMS, releaseKey, 'other/1'));
    await expectRefusal(await signManifest(manifest, manifestKey), 'statement_mismatch');
  });
});

describe('verifyStatement', () => {
  it('accepts what the release key signed', async () => {
    const statement = await verifyStatement(await signStatement(CLAIMS, releaseKey), root, CLAIMS);
    expect(statement).toEqual({ type: 'kernelcast.statement/1', ...CLAIMS });
  });

  it('names what differs', async () => {
    const jws = await signStatement(CLAIMS, releaseKey);
    const attempt = verifyStatement(jws, root, { ...CLAIMS, task: 'letters', version: 4 });
    await expect(attempt).rejects.toThrow('statement_mismatch: it differs in task, version');
  });

  it('refuses a payload of another shape', async () => {
    const jws = await signJws({ ...CLAIMS, type: 'other' }, releaseKey, 'kernelcast.statement/1');
    await expect(verifyStatement(jws, root, CLAIMS)).rejects.toMatchObject({ code: 'statement_mismatch' });
  });
});

describe('signManifest', () => {
  it('does not sign what is no manifest', async () => {
    const manifest = await manifestOf({ version: -1 });
    expect(() => signManifest(manifest, manifestKey)).toThrow();
  });
});
