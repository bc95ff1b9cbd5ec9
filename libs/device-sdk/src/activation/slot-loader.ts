import { digestOf } from '@kernelcast/artifact';
import { DeviceError, describeError } from '../device.errors.js';
import type { DeviceListener } from '../device.types.js';
import type { TaskRuntime } from '../inference/task-runtime.js';
import { addReport } from '../reports/report-outbox.js';
import type { InstalledVersion } from '../state/device-state.schema.js';
import { omit } from '../state/omit.js';
import type { StateKeeper } from '../state/state-keeper.js';
import type { StateStore } from '../state/state-store.js';

export interface SlotLoaderOptions {
  readonly store: StateStore;
  readonly keeper: StateKeeper;
  readonly runtime: TaskRuntime;
  readonly now: () => Date;
  readonly emit: DeviceListener;
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
   * @throws what verifying the current version threw, when neither loads
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
      const bytes = await store.readBlob(current.digest);
      if (bytes === undefined || (await digestOf(bytes)) !== current.digest)
        await this.load(slot).catch(() => undefined);
    }
  }

  private async loadOrRevert(slot: string): Promise<InstalledVersion> {
    const { current, previous } = this.options.keeper.state.slots[slot] ?? {};
    if (current === undefined) throw new DeviceError('task_not_active', `the slot '${slot}' is empty`);
    try {
      return await this.prepare(current);
    } catch (error) {
      const spare = previous && (await this.prepare(previous).catch(() => null));
      await this.giveUp(slot, spare ?? null, error);
      if (spare) return spare;
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
  private async giveUp(slot: string, spare: InstalledVersion | null, error: unknown): Promise<void> {
    const { keeper, now, emit } = this.options;
    const { code, detail } = describeError(error);
    const type = spare ? 'reverted' : 'failed';
    await keeper.note((draft) => {
      draft.slots = spare
        ? { ...draft.slots, [slot]: { current: spare, previous: null } }
        : omit(draft.slots, (name) => name === slot);
      addReport(draft, { slot, digest: spare?.digest ?? null, phase: type, code, detail }, now());
    });
    emit({ type, slot, code, detail });
  }
}
