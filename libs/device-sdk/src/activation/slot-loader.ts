import { digestOf } from '@kernelcast/artifact';
import { DeviceError, describeError } from '../device.errors.js';
import type { DeviceListener } from '../device.types.js';
import type { TaskRuntime } from '../inference/task-runtime.js';
import { addReport } from '../reports/report-outbox.js';
import type { InstalledSlot, InstalledVersion } from '../state/device-state.schema.js';
import { omit, ownValue } from '../state/records.js';
import type { StateKeeper } from '../state/state-keeper.js';
import type { StateStore } from '../state/state-store.js';
import { isLasting } from './failure-memory.js';

export interface SlotLoaderOptions {
  readonly store: StateStore;
  readonly keeper: StateKeeper;
  readonly runtime: TaskRuntime;
  readonly now: () => Date;
  readonly emit: DeviceListener;
}

interface Surrender {
  /** What the slot had when loading began. */
  readonly installed: InstalledSlot;
  readonly spare: InstalledVersion | null;
  readonly error: unknown;
}

/**
 * Loads what a slot runs from the store, as after a start. Everything is verified again, so that a damaged store can
 * stop a task but never make one run that nobody approved.
 */
export class SlotLoader {
  private readonly loading = new Map<string, Promise<InstalledVersion>>();

  constructor(private readonly options: SlotLoaderOptions) {}

  /**
   * @returns the version that is loaded: the slot's current one or, when that does not verify, the one before
   * @throws what verifying the current version threw, when neither loads; what kept either from being tried
   */
  load(slot: string): Promise<InstalledVersion> {
    const running = this.loading.get(slot) ?? this.loadOrRevert(slot).finally(() => this.loading.delete(slot));
    this.loading.set(slot, running);
    return running;
  }

  /** Loads every slot whose blob is not as it was written, so that what cannot be used is fetched anew. */
  async mend(): Promise<void> {
    const { keeper, store } = this.options;
    for (const [slot, { current }] of Object.entries(keeper.state.slots)) {
      const bytes = await store.readBlob(current.digest).catch(() => undefined);
      if (bytes === undefined || (await digestOf(bytes)) !== current.digest)
        await this.load(slot).catch(() => undefined);
    }
  }

  private async loadOrRevert(slot: string): Promise<InstalledVersion> {
    const installed = ownValue(this.options.keeper.state.slots, slot);
    if (installed === undefined) throw new DeviceError('task_not_active', `the slot '${slot}' is empty`);
    try {
      return await this.prepare(installed.current);
    } catch (error) {
      // What may pass, such as a lack of memory, must not cost the slot its version.
      if (!isLasting(error)) throw error;
      const spare = await this.prepareSpare(installed.previous);
      await this.giveUp(slot, { installed, spare, error });
      if (spare) return spare;
      throw error;
    }
  }

  private async prepareSpare(version: InstalledVersion | null): Promise<InstalledVersion | null> {
    try {
      return version && (await this.prepare(version));
    } catch (error) {
      if (isLasting(error)) return null;
      throw error;
    }
  }

  private async prepare(version: InstalledVersion): Promise<InstalledVersion> {
    const { store, runtime, emit } = this.options;
    const bytes = await store.readBlob(version.digest);
    if (bytes === undefined) throw new DeviceError('blob_missing', `the blob ${version.digest} is gone`);
    const prepared = await runtime.prepare(bytes, version);
    runtime.keep(prepared);
    emit({ type: 'switched', task: version.task, swapMs: prepared.network.swapMs });
    return version;
  }

  /** The slot goes back to the version before, or is empty; the next poll fetches anew what did not load. */
  private async giveUp(slot: string, { installed, spare, error }: Surrender): Promise<void> {
    const { keeper, now, emit } = this.options;
    const { code, detail } = describeError(error);
    const type = spare ? 'reverted' : 'failed';
    let stands = false;
    await keeper.note((draft) => {
      // A poll may have brought another version meanwhile: that one stays.
      stands = ownValue(draft.slots, slot)?.current.digest === installed.current.digest;
      if (!stands) return;
      draft.slots = spare
        ? { ...draft.slots, [slot]: { current: spare, previous: null } }
        : omit(draft.slots, (name) => name === slot);
      addReport(draft, { slot, digest: spare?.digest ?? null, phase: type, code, detail }, now());
    });
    if (stands) emit({ type, slot, code, detail });
  }
}
