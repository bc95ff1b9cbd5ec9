import type { Manifest, ManifestSlot } from '@kernelcast/contracts';
import type { BlobShelf, Pace } from './blob-shelf.js';
import type { FleetTable } from './fleet-table.js';
import type { HeldVersion, Holding, Interned } from './holdings.js';
import type { Meters } from './meters.js';
import type { Reporting } from './reporting.js';
import { behaviourOf, failsSelfTest } from './script.js';
import type { Script } from './script.js';

/** What the self-test of a version that fails says; any number above the tolerance of a real one. */
const FAILED_MAX_ERROR = 1;

interface InstallationParts {
  readonly script: Script;
  readonly table: FleetTable;
  readonly holdings: Interned<Holding>;
  readonly blobs: BlobShelf;
  readonly reporting: Reporting;
  readonly meters: Meters;
  /** Waits without keeping another device waiting. */
  readonly pause: (ms: number) => Promise<void>;
  /** The time as the device's clock shows it. */
  readonly clock: (device: number) => Date;
}

/** Brings what a device has to what its manifest says: as a real one does, but for the network that is not there. */
export class Installation {
  constructor(private readonly parts: InstallationParts) {}

  /** @throws LineError or BlobTamperedError when a blob does not come; what was installed before that stays */
  async reconcile(device: number, manifest: Manifest): Promise<void> {
    this.removeOthers(device, manifest);
    for (const slot of manifest.slots) {
      const { slots, failed } = this.holding(device);
      const held = slots[slot.slot];
      if (held?.digest === slot.digest && held.version === slot.modulatorVersion) continue;
      if (failed.includes(slot.digest)) continue;
      await this.install(device, slot, held);
    }
    const wanted = new Set<string>(manifest.slots.map(({ digest }) => digest));
    const { slots, failed } = this.holding(device);
    if (failed.some((digest) => !wanted.has(digest)))
      this.hold(device, { slots, failed: failed.filter((digest) => wanted.has(digest)) });
  }

  private async install(device: number, slot: ManifestSlot, held: HeldVersion | undefined): Promise<void> {
    const { script, meters } = this.parts;
    const { digest } = slot;
    // The version before is still there, as after a roll-back.
    if (held?.previous?.digest !== digest) await this.download(device, slot, held);
    if (failsSelfTest(script, device, slot)) {
      const selfTest = { passed: false, maxError: FAILED_MAX_ERROR };
      const detail = 'simulated: golden outputs differ';
      this.report(device, { slot: slot.slot, digest, phase: 'failed', code: 'golden_mismatch', detail, selfTest });
      const { slots, failed } = this.holding(device);
      this.hold(device, { slots, failed: [...failed, digest].sort() });
      meters.activations.add('failed');
      return;
    }
    this.report(device, { slot: slot.slot, digest, phase: 'verified', selfTest: { passed: true, maxError: 0 } });
    this.report(device, { slot: slot.slot, digest, phase: 'active' });
    this.switchTo(device, slot, held);
    meters.activations.add('active');
  }

  private async download(device: number, slot: ManifestSlot, _held: HeldVersion | undefined): Promise<void> {
    const { table, blobs, meters } = this.parts;
    const { digest, size } = slot;
    this.report(device, { slot: slot.slot, digest, phase: 'downloading' });
    await blobs.download({ credential: table.credential(device), digest, size }, this.paceOf(device));
    meters.blobBytes.add('full', size);
  }

  private paceOf(device: number): Pace | undefined {
    const { script, pause } = this.parts;
    return behaviourOf(script, device) === 'slow' ? { ...script.slow, pause } : undefined;
  }

  private switchTo(device: number, { slot, task, digest, modulatorVersion }: ManifestSlot, held?: HeldVersion): void {
    const { slots, failed } = this.holding(device);
    const previous = held?.task === task ? { version: held.version, digest: held.digest } : undefined;
    const next = { task, version: modulatorVersion, digest, ...(previous && { previous }) };
    const sorted = Object.entries({ ...slots, [slot]: next }).sort(([a], [b]) => (a < b ? -1 : 1));
    this.hold(device, { slots: Object.fromEntries(sorted), failed });
  }

  private removeOthers(device: number, manifest: Manifest): void {
    const named = new Set(manifest.slots.map(({ slot }) => slot));
    const { slots, failed } = this.holding(device);
    const kept = Object.entries(slots).filter(([slot]) => named.has(slot));
    if (kept.length === Object.keys(slots).length) return;
    for (const slot of Object.keys(slots)) {
      if (named.has(slot)) continue;
      this.report(device, { slot, digest: null, phase: 'reverted', code: 'slot_removed' });
      this.parts.meters.activations.add('removed');
    }
    this.hold(device, { slots: Object.fromEntries(kept), failed });
  }

  private report(device: number, report: Parameters<Reporting['add']>[1]): void {
    this.parts.reporting.add(device, report, this.parts.clock(device));
  }

  private holding(device: number): Holding {
    return this.parts.holdings.get(this.parts.table.holding[device] ?? 0);
  }

  private hold(device: number, holding: Holding): void {
    this.parts.table.holding[device] = this.parts.holdings.intern(holding);
  }
}
