import { digestOf } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import { MANIFEST_TYPE, manifestShape } from '@kernelcast/contracts';
import type { FlattenedJws, Manifest, ManifestSlot, TrustRoot } from '@kernelcast/contracts';
import { signJws, verifyJws } from '../jws/jws.js';
import type { VerifiedJws } from '../jws/jws.js';
import type { Signer } from '../keys/signing-key.js';
import { keysFor } from '../keys/trust-root.js';
import { TrustError } from '../trust.error.js';
import { verifyStatement } from './statement.js';
import { newerTrustRoot } from './trust-root-document.js';

/** A device's clock may lag the server's by this much; a manifest is honoured so long past its end. Milliseconds. */
export const CLOCK_TOLERANCE_MS = 5 * 60_000;

/** What a device knows when a manifest arrives. */
export interface ManifestExpectations {
  now: Date;
  /** Digests of the base networks the device holds. */
  heldBaseDigests: Iterable<string>;
  /** The highest version the device has accepted; 0 before the first. */
  lastAcceptedVersion: number;
  /** Id of the group the device enrolled into; without it, as on a device that does not know it, any group passes. */
  group?: string;
  /** When given, a manifest of another cohort is refused. */
  cohort?: string;
}

export interface VerifiedManifest {
  manifest: Manifest;
  /** The signed bytes, and their digest: the ETag to poll with. */
  payload: Uint8Array;
  digest: Digest;
  kid: string;
}

/** Signs a cohort's desired state with the manifest key. Equal manifests give byte-identical results. */
export function signManifest(manifest: Manifest, signer: Signer): Promise<FlattenedJws> {
  return signJws(manifestShape.parse(manifest), signer, MANIFEST_TYPE);
}

/** The ETag of a manifest: the digest of its payload's bytes. */
export function manifestDigest(payload: Uint8Array): Promise<Digest> {
  return digestOf(payload);
}

/**
 * Decides whether a device may act on a manifest. Every condition must hold; the first that fails names the code:
 * the manifest key's signature, the shape, the group, the expiry, the version, the cohort, the base, and for each slot a
 * release key's statement about its digest, base, task and version. The same version again is accepted: a device polls
 * anew after a restart.
 *
 * @param jws hostile input of any shape
 * @throws TrustError `key_unknown`, `signature_invalid`, `manifest_malformed`, `group_mismatch`, `manifest_expired`,
 *   `manifest_downgraded`, `cohort_mismatch`, `base_mismatch` or `statement_mismatch`
 */
export async function verifyManifest(
  jws: unknown,
  root: TrustRoot,
  expected: ManifestExpectations,
): Promise<VerifiedManifest> {
  const { json, payload, kid } = await verifyEnvelope(jws, root);
  const manifest = parseManifest(json);
  assertAddressed(manifest, expected);
  assertCurrent(manifest, expected);
  assertApplicable(manifest, expected);
  for (const slot of manifest.slots) await assertStated(slot, manifest, root);
  return { manifest, payload, digest: await manifestDigest(payload), kid };
}

/**
 * The newer trust root that a manifest brings along, if a device should trust it: before it judges the statements in it.
 * @returns `undefined` when there is none, or the manifest is not genuine, which `verifyManifest` then says
 */
export async function offeredTrustRoot(jws: unknown, held: TrustRoot): Promise<TrustRoot | undefined> {
  try {
    const { trustRoot = [] } = parseManifest((await verifyEnvelope(jws, held)).json);
    return await newerTrustRoot(held, trustRoot);
  } catch (error) {
    if (error instanceof TrustError) return undefined;
    throw error;
  }
}

async function verifyEnvelope(jws: unknown, root: TrustRoot): Promise<VerifiedJws> {
  try {
    return await verifyJws(jws, keysFor(root, 'manifest'), { typ: MANIFEST_TYPE });
  } catch (error) {
    throw renamed(error, 'manifest_malformed');
  }
}

function parseManifest(json: unknown): Manifest {
  const parsed = manifestShape.safeParse(json);
  if (!parsed.success) throw new TrustError('manifest_malformed', 'not a manifest', { cause: parsed.error });
  const { slots } = parsed.data;
  if (new Set(slots.map(({ slot }) => slot)).size !== slots.length) {
    throw new TrustError('manifest_malformed', 'two entries claim one slot');
  }
  return parsed.data;
}

/** Before everything else about it: what is not meant for this device is neither late nor old. */
function assertAddressed({ group }: Manifest, expected: ManifestExpectations): void {
  if (expected.group !== undefined && group !== expected.group) {
    throw new TrustError('group_mismatch', 'it is for another group of devices');
  }
}

/** Both conditions are written so that a NaN, from an unset clock or a damaged store, refuses. */
function assertCurrent({ expiresAt, version }: Manifest, expected: ManifestExpectations): void {
  if (!(expected.now.getTime() <= Date.parse(expiresAt) + CLOCK_TOLERANCE_MS)) {
    throw new TrustError('manifest_expired', `it expired at ${expiresAt}`);
  }
  if (!(version >= expected.lastAcceptedVersion)) {
    throw new TrustError('manifest_downgraded', `version ${version} after ${expected.lastAcceptedVersion}`);
  }
}

function assertApplicable({ cohort, base }: Manifest, expected: ManifestExpectations): void {
  if (expected.cohort !== undefined && cohort !== expected.cohort) {
    throw new TrustError('cohort_mismatch', 'it is for another cohort');
  }
  if (![...expected.heldBaseDigests].includes(base.digest)) {
    throw new TrustError('base_mismatch', `base ${base.digest} is not held here`);
  }
}

async function assertStated(slot: ManifestSlot, { base }: Manifest, root: TrustRoot): Promise<void> {
  const { digest: modulatorDigest, task, modulatorVersion: version } = slot;
  try {
    await verifyStatement(slot.statement, root, { modulatorDigest, baseDigest: base.digest, task, version });
  } catch (error) {
    throw renamed(error, 'statement_mismatch');
  }
}

/** A malformed envelope has no code of its own inside a manifest: it is the part that carries it which is wrong. */
function renamed(error: unknown, code: 'manifest_malformed' | 'statement_mismatch'): unknown {
  if (!(error instanceof TrustError) || error.code !== 'jws_malformed') return error;
  return new TrustError(code, 'its signed envelope is malformed', { cause: error });
}
