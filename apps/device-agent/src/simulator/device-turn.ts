import type { Digest, Manifest } from '@kernelcast/contracts';
import { CLOCK_TOLERANCE_MS, TrustError } from '@kernelcast/trust';
import { attack } from './attacks.js';
import type { DeviceApi, EnrolmentOrder } from './device-api.js';
import type { DeviceKeys } from './device-keys.js';
import { draw } from './draws.js';
import type { FleetTable } from './fleet-table.js';
import { LineError } from './http-line.js';
import type { Installation } from './installation.js';
import type { ManifestShelf } from './manifest-shelf.js';
import type { Meters } from './meters.js';
import type { Reporting } from './reporting.js';
import { behaviourOf } from './script.js';
import type { Script } from './script.js';

/** As the device SDK does it: an old credential is renewed a day before it ends; failures wait up to five minutes. */
const RENEW_BEFORE_MS = 24 * 3_600_000;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_CAP_MS = 5 * 60_000;
const LEAST_DELAY_MS = 500;
const MAX_FAILURES = 250;
const RENEWABLE = ['credential_expired', 'credential_invalid'];

interface TurnParts {
  readonly script: Script;
  readonly table: FleetTable;
  readonly api: DeviceApi;
  readonly keys: DeviceKeys;
  readonly manifests: ManifestShelf;
  readonly installation: Installation;
  readonly reporting: Reporting;
  readonly meters: Meters;
  readonly order: (device: number) => EnrolmentOrder;
  readonly clock: (device: number) => Date;
}

/** One turn of a device: everything it does between two waits. */
export class DeviceTurns {
  constructor(private readonly parts: TurnParts) {}

  /** @returns milliseconds until its next turn; `undefined` when it has none, as it was revoked */
  async take(device: number): Promise<number | undefined> {
    const { table, meters } = this.parts;
    try {
      const wait = await this.act(device);
      table.failures[device] = 0;
      return wait;
    } catch (error) {
      if (error instanceof LineError && error.code === 'credential_revoked') {
        table.revoked[device] = 1;
        return undefined;
      }
      const deferred = error instanceof LineError && error.deferred;
      (deferred ? meters.deferred : meters.errors).add(codeOf(error));
      return this.delayAfter(device, error);
    }
  }

  private async act(device: number): Promise<number> {
    const { script, table } = this.parts;
    if (!table.isEnrolled(device)) {
      await this.enrol(device);
      return 0;
    }
    const turn = table.turns[device] ?? 0;
    table.turns[device] = turn + 1;
    const behaviour = behaviourOf(script, device);
    if (behaviour === 'flapping' && turn % (script.flapping.polls + 1) === script.flapping.polls) {
      return script.flapping.silentSeconds * 1_000;
    }
    await this.renewIfDue(device);
    if (behaviour === 'malicious') await attack(this.parts, device, turn);
    const pollAfterSeconds = await this.follow(device);
    await this.parts.reporting.flush(device);
    return Math.max(pollAfterSeconds * 1_000, LEAST_DELAY_MS);
  }

  /** Polls and installs; also what a failed download left undone, though the manifest is the same. */
  private async follow(device: number): Promise<number> {
    const { table, manifests, installation, meters } = this.parts;
    const { body, pollAfterSeconds } = await this.poll(device);
    if (body === undefined) meters.polls.add('unchanged');
    else await this.accept(device, body);
    const held = table.manifest[device] ?? -1;
    try {
      if (held >= 0) await installation.reconcile(device, manifests.get(held).manifest);
    } catch (error) {
      if (!(error instanceof LineError) || error.code !== 'blob_not_found') throw error;
      // A device may only fetch what its manifest names; was there a newer one since?
      const newer = await this.poll(device);
      if (newer.body === undefined) throw error;
      meters.overtaken += 1;
      await this.accept(device, newer.body);
      const next = table.manifest[device] ?? -1;
      if (next >= 0) await installation.reconcile(device, manifests.get(next).manifest);
    }
    return pollAfterSeconds;
  }

  private async enrol(device: number): Promise<void> {
    const { table, api, manifests, order } = this.parts;
    const { deviceId, groupId, credential, credentialExpiresAt, trustRoot } = await api.enrol(order(device));
    table.setDeviceId(device, deviceId);
    table.setCredential(device, credential, Date.parse(credentialExpiresAt));
    table.trustRoot[device] = manifests.trustRoots.intern(trustRoot);
    table.group[device] = manifests.groups.intern({ id: groupId });
    table.renewedAt[device] = Date.now();
  }

  private async renewIfDue(device: number): Promise<void> {
    const { table, script } = this.parts;
    const now = this.parts.clock(device).getTime();
    const ageMs = Date.now() - (table.renewedAt[device] ?? 0);
    const asScripted = script.renewEverySeconds > 0 && ageMs >= script.renewEverySeconds * 1_000;
    if (asScripted || (table.credentialExpiry[device] ?? 0) - now <= RENEW_BEFORE_MS) await this.renew(device);
  }

  private async renew(device: number): Promise<void> {
    const { table, api, keys } = this.parts;
    const nonce = await api.nonce();
    const renewed = await api.renew(table.deviceId(device), nonce, keys.signer(device));
    table.setCredential(device, renewed.credential, Date.parse(renewed.credentialExpiresAt));
    table.renewedAt[device] = Date.now();
  }

  private async poll(device: number): ReturnType<DeviceApi['poll']> {
    const { table, api, manifests } = this.parts;
    const number = table.manifest[device] ?? -1;
    const known: Digest | undefined = number < 0 ? undefined : manifests.get(number).digest;
    try {
      return await api.poll(table.credential(device), known);
    } catch (error) {
      if (!(error instanceof LineError) || !RENEWABLE.includes(error.code)) throw error;
      await this.renew(device);
      return api.poll(table.credential(device), known);
    }
  }

  private async accept(device: number, body: Buffer): Promise<void> {
    const { table, manifests, meters } = this.parts;
    const number = await manifests.verify(body, table.trustRoot[device] ?? 0);
    const { manifest, trustRoot } = manifests.get(number);
    const refusal = this.refusalOf(device, manifest);
    if (refusal !== undefined) {
      meters.polls.add('refused');
      meters.refusals.add(refusal);
      return;
    }
    table.manifest[device] = number;
    table.trustRoot[device] = trustRoot;
    table.acceptedVersion[device] = manifest.version;
    meters.polls.add('accepted');
  }

  /** Why this device may not act on a genuine manifest. */
  private refusalOf(device: number, { group, version, cohort, expiresAt }: Manifest): string | undefined {
    const { table, manifests, clock } = this.parts;
    const number = table.manifest[device] ?? -1;
    const held = number < 0 ? undefined : manifests.get(number).manifest;
    if (group !== manifests.groups.get(table.group[device] ?? -1).id) return 'group_mismatch';
    if (version < (table.acceptedVersion[device] ?? 0)) return 'manifest_downgraded';
    if (held?.version === version && held.cohort !== cohort) return 'cohort_mismatch';
    const now = Math.max(clock(device).getTime(), held === undefined ? 0 : Date.parse(held.issuedAt));
    return now > Date.parse(expiresAt) + CLOCK_TOLERANCE_MS ? 'manifest_expired' : undefined;
  }

  /** Exponential backoff with full jitter, and never sooner than the server asks. */
  private delayAfter(device: number, error: unknown): number {
    const { table, script } = this.parts;
    const failures = table.failures[device] ?? 0;
    table.failures[device] = Math.min(failures + 1, MAX_FAILURES);
    const ceiling = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures);
    const jitter = draw(script.seed, 'backoff', device, table.turns[device] ?? 0, failures) * ceiling;
    const asked = error instanceof LineError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
    return Math.max(asked, LEAST_DELAY_MS, jitter);
  }
}

/** A kind of error: stable, without anything of one device in it. */
function codeOf(error: unknown): string {
  if (error instanceof TrustError) return `manifest: ${error.code}`;
  const { code, name }: { code?: unknown; name?: unknown } = Object(error);
  return typeof code === 'string' ? code : String(name);
}
