import type { Digest } from '@kernelcast/artifact';
import type { Manifest, ManifestSlot } from '@kernelcast/contracts';
import type { DeviceIdentity, DeviceState, InstalledSlot } from '../state/device-state.schema.js';
import { ownValue } from '../state/records.js';
import type { DeviceStatus, SlotStatus } from '../device.types.js';

/** Whether a slot runs what a manifest names for it. */
export function isInstalled(installed: InstalledSlot | undefined, desired: ManifestSlot, baseDigest: Digest): boolean {
  const current = installed?.current;
  return (
    current !== undefined &&
    current.digest === desired.digest &&
    current.task === desired.task &&
    current.modulatorVersion === desired.modulatorVersion &&
    current.baseDigest === baseDigest
  );
}

/** What has come over the wire for a version that is not active yet. */
export function receivedBytes({ received }: DeviceState, digest: Digest): number {
  const { manifest = 0, blob = 0 } = received[digest] ?? {};
  return Math.round(manifest + blob);
}

/** Digests that slots run, or would go back to. */
export function referencedDigests(state: DeviceState): Set<Digest> {
  return new Set(referencedSizes(state).keys());
}

/** The same with their sizes, bytes. */
export function referencedSizes({ slots }: DeviceState): Map<Digest, number> {
  const versions = Object.values(slots).flatMap(({ current, previous }) =>
    previous ? [current, previous] : [current],
  );
  return new Map(versions.map(({ digest, size }) => [digest, size]));
}

/** What a device runs beside what it should run. */
export function describeDevice(
  { deviceId, server }: DeviceIdentity,
  state: DeviceState,
  manifest: Manifest | undefined,
): DeviceStatus {
  const desired = new Map(manifest?.slots.map((slot) => [slot.slot, slot]));
  const names = [...new Set([...desired.keys(), ...Object.keys(state.slots)])].sort();
  return {
    deviceId,
    server,
    manifestVersion: manifest?.version ?? null,
    pendingReports: state.reports.pending.length,
    slots: names.flatMap((slot) => describeSlot(slot, state, desired.get(slot), manifest) ?? []),
  };
}

function describeSlot(
  slot: string,
  state: DeviceState,
  desired: ManifestSlot | undefined,
  manifest: Manifest | undefined,
): SlotStatus | undefined {
  const installed = ownValue(state.slots, slot);
  const running = installed?.current;
  const shown = running ?? desired;
  if (shown === undefined) return undefined;
  const { task, modulatorVersion: version, digest, size } = shown;
  const failure = (desired && state.failures[desired.digest]) ?? null;
  const current = desired === undefined || isInstalled(installed, desired, manifest?.base.digest ?? desired.digest);
  return {
    slot,
    task,
    version,
    digest,
    size,
    phase: current ? 'active' : failure ? 'failed' : 'pending',
    downloadedBytes: running?.downloadedBytes ?? receivedBytes(state, digest),
    swapMs: running?.swapMs ?? null,
    failure:
      current || failure === null ? null : { code: failure.code, detail: failure.detail, retryAt: failure.retryAt },
  };
}
