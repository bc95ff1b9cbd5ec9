import { digestOf } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import { manifestShape } from '@kernelcast/contracts';
import type { FlattenedJws, Manifest, TrustRoot } from '@kernelcast/contracts';
import { offeredTrustRoot, TrustError, verifyManifest } from '@kernelcast/trust';
import type { VerifiedManifest } from '@kernelcast/trust';
import { isInstalled } from '../activation/slots.js';
import { fromBase64Url } from '../client/base64.js';
import { describeError } from '../device.errors.js';
import { addReport } from '../reports/report-outbox.js';
import type { DeviceState } from '../state/device-state.schema.js';
import { ownValue } from '../state/records.js';
import type { StateKeeper } from '../state/state-keeper.js';

/** The slot that reports about a whole manifest name; no real slot is called so. */
export const MANIFEST_SLOT = '*';

export interface ManifestKeeperOptions {
  readonly keeper: StateKeeper;
  /** What it trusts now. */
  readonly trustRoot: () => TrustRoot;
  /** What the device was told when it enrolled. */
  readonly groupId: string | undefined;
  readonly heldBaseDigests: readonly Digest[];
  readonly now: () => Date;
}

/** Decides which manifest holds: the only way for one into the device's state is to pass every check. */
export class ManifestKeeper {
  constructor(private readonly options: ManifestKeeperOptions) {}

  /** The stored manifest when it may be acted on now; not when it has expired or the store was damaged. */
  async current(): Promise<VerifiedManifest | undefined> {
    const { manifest } = this.options.keeper.state;
    if (manifest === null) return undefined;
    return this.verify(manifest).catch(() => undefined);
  }

  /**
   * Verifies a manifest as it came and makes it the one that holds.
   * @throws TrustError for whatever the protocol tells a device to refuse; DeviceError `disk_full`, `store_failed`
   */
  async accept(body: Uint8Array): Promise<VerifiedManifest> {
    const jws = parseJson(body);
    await this.learnKeys(jws);
    const verified = await this.verify(jws);
    const { manifest } = verified;
    this.assertSameCohort(manifest);
    const { keeper, now } = this.options;
    await keeper.update((draft) => {
      // Whoever publishes anew may have mended what failed; the attempts so far still count.
      if (manifest.version > draft.acceptedVersion) retryFailures(draft, now());
      draft.acceptedVersion = manifest.version;
      draft.notBefore = later(draft.notBefore, manifest.issuedAt);
      draft.group ??= manifest.group;
      draft.manifest = jws as FlattenedJws;
      draft.refusal = null;
      chargeManifest(draft, manifest, body.byteLength);
      renewStatements(draft, manifest);
    });
    return verified;
  }

  /** Keeps a report about a refusal: once for each manifest and reason, and one undelivered one for a reason. */
  async refuse(body: Uint8Array, error: unknown): Promise<void> {
    const { keeper, now } = this.options;
    const { code, detail } = describeError(error);
    const fingerprint = await digestOf(body);
    const { refusal } = keeper.state;
    if (refusal?.code === code && refusal.fingerprint === fingerprint) return;
    // A line that answers with another page each time must not push reports that matter out of a full outbox.
    if (keeper.state.reports.pending.some((report) => report.slot === MANIFEST_SLOT && report.code === code)) return;
    await keeper.note((draft) => {
      draft.refusal = { code, fingerprint };
      addReport(draft, { slot: MANIFEST_SLOT, digest: null, phase: 'failed', code, detail }, now());
    });
  }

  /**
   * A version says one thing to one device. Another cohort's manifest of the same version is genuine, yet may hold
   * what this device has left behind.
   */
  private assertSameCohort({ version, cohort }: Manifest): void {
    const held = storedManifest(this.options.keeper.state);
    if (held?.version === version && held.cohort !== cohort) {
      throw new TrustError('cohort_mismatch', `version ${version} is known of another cohort`);
    }
  }

  /** Keys change by the word of a release key, whatever else the manifest holds. */
  private async learnKeys(jws: unknown): Promise<void> {
    const { keeper, trustRoot } = this.options;
    const offered = await offeredTrustRoot(jws, trustRoot());
    if (offered) await keeper.update((draft) => (draft.trustRoot = offered));
  }

  private verify(jws: unknown): Promise<VerifiedManifest> {
    const { keeper, trustRoot, groupId, heldBaseDigests, now } = this.options;
    // It cannot be earlier than the newest manifest accepted: a clock that starts in 1970 does not revive old ones.
    const earliest = Date.parse(keeper.state.notBefore ?? '') || 0;
    return verifyManifest(jws, trustRoot(), {
      now: new Date(Math.max(now().getTime(), earliest)),
      group: groupId ?? keeper.state.group ?? undefined,
      heldBaseDigests,
      lastAcceptedVersion: keeper.state.acceptedVersion,
    });
  }
}

/** The manifest in the state, for showing only: it has been verified when it was accepted, not now. */
export function storedManifest({ manifest }: DeviceState): Manifest | undefined {
  if (manifest === null) return undefined;
  return manifestShape.safeParse(parseJson(fromBase64Url(manifest.payload))).data;
}

/** A manifest's bytes belong to the versions it brings, in proportion to their sizes. */
function chargeManifest(draft: DeviceState, { base, slots }: Manifest, bytes: number): void {
  const news = slots.filter((slot) => !isInstalled(ownValue(draft.slots, slot.slot), slot, base.digest));
  const total = news.reduce((sum, { size }) => sum + size, 0);
  for (const { digest, size } of news) {
    const { manifest = 0, blob = 0 } = draft.received[digest] ?? {};
    draft.received[digest] = { manifest: manifest + (bytes * size) / total, blob };
  }
}

/** What runs already may be vouched for by a newer key: it must still load when the old one is trusted no more. */
function renewStatements(draft: DeviceState, { base, slots }: Manifest): void {
  for (const slot of slots) {
    const installed = ownValue(draft.slots, slot.slot);
    if (installed && isInstalled(installed, slot, base.digest)) installed.current.statement = slot.statement;
  }
}

function retryFailures(draft: DeviceState, now: Date): void {
  for (const failure of Object.values(draft.failures)) failure.retryAt = now.toISOString();
}

function later(a: string | null, b: string): string {
  return a !== null && Date.parse(a) > Date.parse(b) ? a : b;
}

/** Undefined for what is no JSON, which then fails as a malformed manifest. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
