import type { Digest } from '@kernelcast/artifact';
import type { Manifest, ManifestSlot } from '@kernelcast/contracts';
import type { Downloader } from '../client/download.js';
import { describeError, ServerError, DeviceError } from '../device.errors.js';
import type { DeviceListener } from '../device.types.js';
import { GoldenMismatchError } from '../inference/task-network.js';
import type { PreparedNetwork, TaskRuntime } from '../inference/task-runtime.js';
import { addReport } from '../reports/report-outbox.js';
import type { InstalledSlot, InstalledVersion } from '../state/device-state.schema.js';
import { omit, ownValue } from '../state/records.js';
import type { StateKeeper } from '../state/state-keeper.js';
import { retire } from './disk-budget.js';
import { isTooEarly, rememberFailure } from './failure-memory.js';
import { isInstalled, receivedBytes, referencedDigests, referencedSizes } from './slots.js';
import { UpdateSource } from './update-source.js';

export interface InstallerOptions {
  readonly downloader: Downloader;
  readonly keeper: StateKeeper;
  readonly runtime: TaskRuntime;
  /** For blobs on the disk. */
  readonly maxDiskBytes: number;
  /** On the line, for one version. */
  readonly maxBytesPerUpdate?: number | undefined;
  readonly now: () => Date;
  readonly emit: DeviceListener;
}

/** Brings the device's slots to what a verified manifest says, one by one; each either switches or stays as it is. */
export class Installer {
  private readonly source: UpdateSource;

  constructor(private readonly options: InstallerOptions) {
    this.source = new UpdateSource(options);
  }

  /** Removes slots, then activates what is missing and not waiting for another try. Failures are kept and reported. */
  async reconcile(manifest: Manifest, signal?: AbortSignal): Promise<void> {
    const before = referencedSizes(this.options.keeper.state);
    await this.removeOthers(manifest);
    for (const slot of manifest.slots) {
      if (!this.isSlotDue(slot, manifest)) continue;
      try {
        await this.install(slot, manifest.base.digest, signal);
      } catch (error) {
        signal?.throwIfAborted();
        await this.fail(slot, error);
      }
    }
    await this.forgetUnused(manifest, before);
  }

  /** Whether there is a slot to activate now. */
  isDue(manifest: Manifest): boolean {
    return manifest.slots.some((slot) => this.isSlotDue(slot, manifest));
  }

  private isSlotDue(slot: ManifestSlot, { base }: Manifest): boolean {
    const { state } = this.options.keeper;
    if (isInstalled(ownValue(state.slots, slot.slot), slot, base.digest)) return false;
    return !isTooEarly(state.failures[slot.digest], this.options.now());
  }

  private async removeOthers(manifest: Manifest): Promise<void> {
    const { keeper, now, emit } = this.options;
    const named = new Set(manifest.slots.map(({ slot }) => slot));
    const gone = Object.keys(keeper.state.slots).filter((slot) => !named.has(slot));
    if (gone.length === 0) return;
    await keeper.update((draft) => {
      draft.slots = omit(draft.slots, (slot) => !named.has(slot));
      for (const slot of gone) addReport(draft, { slot, digest: null, phase: 'reverted', code: 'slot_removed' }, now());
    });
    for (const slot of gone) emit({ type: 'removed', slot });
  }

  private async install(slot: ManifestSlot, baseDigest: Digest, signal?: AbortSignal): Promise<void> {
    const { runtime, emit } = this.options;
    const { bytes, downloadMs } = await this.source.obtain(slot, signal);
    const prepared = await runtime.prepare(bytes, { ...slot, baseDigest });
    const installed = this.describe(slot, baseDigest, prepared);
    emit({ type: 'verified', slot: slot.slot, digest: slot.digest });
    try {
      await this.switchTo(slot, installed, { prepared, downloadMs });
    } catch (error) {
      prepared.network.runner.dispose();
      throw error;
    }
    runtime.keep(prepared);
    const { modulatorVersion: version, task, digest, downloadedBytes, swapMs } = installed;
    emit({ type: 'active', slot: slot.slot, task, version, digest, downloadedBytes, swapMs });
  }

  private describe(slot: ManifestSlot, baseDigest: Digest, { network }: PreparedNetwork): InstalledVersion {
    const { slot: _name, deltas: _deltas, ...version } = slot;
    return {
      ...version,
      baseDigest,
      activatedAt: this.options.now().toISOString(),
      downloadedBytes: receivedBytes(this.options.keeper.state, slot.digest),
      swapMs: network.swapMs,
    };
  }

  /** The one step that makes a version the slot's: a single write, with its reports. */
  private switchTo(
    { slot, digest }: ManifestSlot,
    installed: InstalledVersion,
    { prepared, downloadMs }: { prepared: PreparedNetwork; downloadMs: number },
  ): Promise<void> {
    const { keeper, now } = this.options;
    const { selfTest, durations } = prepared;
    const stages = { download: downloadMs, ...durations };
    return keeper.update((draft) => {
      draft.slots[slot] = { current: installed, previous: previousOf(ownValue(draft.slots, slot), installed) };
      draft.failures = omit(draft.failures, (key) => key === digest);
      draft.received = omit(draft.received, (key) => key === digest);
      addReport(draft, { slot, digest, phase: 'verified', durations: stages, selfTest }, now());
      addReport(draft, { slot, digest, phase: 'active', durations: { swap: installed.swapMs } }, now());
    });
  }

  private async fail({ slot, digest }: ManifestSlot, caught: unknown): Promise<void> {
    const { keeper, now, emit } = this.options;
    // What a server answers to a download is its business; to the fleet it is a download that failed.
    const error =
      caught instanceof ServerError ? new DeviceError('download_failed', caught.message, { cause: caught }) : caught;
    const { code, detail } = describeError(error);
    if (code === 'disk_full') await this.makeRoom(digest);
    const selfTest = error instanceof GoldenMismatchError ? error.selfTest : null;
    await keeper.note((draft) => {
      draft.failures[digest] = rememberFailure(error, draft.failures[digest], now());
      addReport(draft, { slot, digest, phase: 'failed', code, detail, selfTest }, now());
    });
    emit({ type: 'failed', slot, code, detail });
  }

  /** What did not become active must not keep the failure, and the report of it, from being written. */
  private async makeRoom(digest: Digest): Promise<void> {
    const { downloader, keeper } = this.options;
    if (referencedDigests(keeper.state).has(digest)) return;
    await downloader.store.removeBlob(digest).catch(() => undefined);
  }

  /** @param before - what slots needed when this began, with sizes */
  private async forgetUnused(manifest: Manifest, before: ReadonlyMap<Digest, number>): Promise<void> {
    const { downloader, keeper, runtime } = this.options;
    const wanted = new Set(manifest.slots.map(({ digest }) => digest));
    const stale = (digest: string): boolean => !wanted.has(digest as Digest);
    const { failures, received } = keeper.state;
    if ([...Object.keys(failures), ...Object.keys(received)].some(stale)) {
      await keeper.note((draft) => {
        draft.failures = omit(draft.failures, stale);
        draft.received = omit(draft.received, stale);
      });
    }
    runtime.retain(referencedDigests(keeper.state));
    const needed = new Map([
      ...manifest.slots.map(({ digest, size }) => [digest, size] as const),
      ...referencedSizes(keeper.state),
    ]);
    const leaving = [...before].map(([digest, size]) => ({ digest, size })).filter(({ digest }) => !needed.has(digest));
    // Of those that broke off what has arrived is kept.
    const deltas = manifest.slots.flatMap((slot) => slot.deltas.map(({ digest }) => digest));
    const retired = retire({ retired: keeper.state.retired, leaving, needed, maxBytes: this.options.maxDiskBytes });
    const same = retired.map(({ digest }) => digest).join() === keeper.state.retired.map(({ digest }) => digest).join();
    if (!same) await keeper.note((draft) => (draft.retired = retired));
    await downloader.store
      .retainBlobs(new Set([...needed.keys(), ...retired.map(({ digest }) => digest), ...deltas]))
      .catch(() => undefined);
  }
}

/** What a slot goes back to when the new version does not load: another version of the same task. */
function previousOf(slot: InstalledSlot | undefined, installed: InstalledVersion): InstalledVersion | null {
  if (slot === undefined || slot.current.task !== installed.task) return null;
  return slot.current.digest === installed.digest ? slot.previous : slot.current;
}
