import { createHash } from 'node:crypto';
import { trustRootSchema } from '@kernelcast/contracts';
import type { Digest, Manifest, TrustRoot } from '@kernelcast/contracts';
import { offeredTrustRoot, TrustError, verifyManifest } from '@kernelcast/trust';
import { Interned } from './holdings.js';

/** Distinct bodies whose verdict is remembered; a server that sends another one each time costs time, not memory. */
const MAX_VERDICTS = 4_096;

export interface ShelvedManifest {
  /** As it came, to keep. */
  readonly text: string;
  readonly manifest: Manifest;
  /** Of the payload: the ETag to poll with. */
  readonly digest: Digest;
  /** What whoever accepts it trusts from then on. */
  readonly trustRoot: number;
}

/**
 * Manifests that were verified, each once for all devices: the signatures of the same bytes under the same keys do not
 * come out differently. What depends on the device (group, version, expiry, cohort) each of them judges by itself.
 */
export class ManifestShelf {
  readonly trustRoots = new Interned<TrustRoot>();
  /** Ids of groups that devices enrolled into. */
  readonly groups = new Interned<{ id: string }>();
  private readonly shelf: ShelvedManifest[] = [];
  private readonly verdicts = new Map<string, Promise<number>>();

  constructor(private readonly baseDigest: Digest) {}

  /**
   * The number of a manifest that is genuine under a trust root.
   * @throws TrustError for one that is not, or is for another base network, or holds a statement that is not true
   */
  verify(body: Buffer, trustRoot: number): Promise<number> {
    const key = `${trustRoot}:${createHash('sha256').update(body).digest('base64url')}`;
    const known = this.verdicts.get(key);
    if (known !== undefined) return known;
    if (this.verdicts.size >= MAX_VERDICTS) this.verdicts.clear();
    const verdict = this.judge(body.toString(), trustRoot);
    verdict.catch(() => undefined);
    this.verdicts.set(key, verdict);
    return verdict;
  }

  /** @throws RangeError for a number that `verify` did not give */
  get(number: number): ShelvedManifest {
    const shelved = this.shelf[number];
    if (shelved === undefined) throw new RangeError(`there is no manifest ${number}`);
    return shelved;
  }

  all(): readonly ShelvedManifest[] {
    return this.shelf;
  }

  private async judge(text: string, heldRoot: number): Promise<number> {
    const jws = parseJson(text);
    const held = this.trustRoots.get(heldRoot);
    const root = (await offeredTrustRoot(jws, held)) ?? held;
    const heldBaseDigests = [this.baseDigest];
    // The dawn of time and version 0 pass: both are each device's own to judge.
    const verified = await verifyManifest(jws, root, { now: new Date(0), heldBaseDigests, lastAcceptedVersion: 0 });
    const trustRoot = this.trustRoots.intern(trustRootSchema.parse(root));
    return this.shelf.push({ text, manifest: verified.manifest, digest: verified.digest, trustRoot }) - 1;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TrustError('manifest_malformed', 'not JSON', { cause });
  }
}
