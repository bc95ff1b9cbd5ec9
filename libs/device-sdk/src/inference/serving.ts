import type { Digest } from '@kernelcast/artifact';
import type { SlotLoader } from '../activation/slot-loader.js';
import { DeviceError } from '../device.errors.js';
import type { DeviceListener } from '../device.types.js';
import type { StateKeeper } from '../state/state-keeper.js';
import type { TaskNetwork } from './task-network.js';
import type { TaskRuntime } from './task-runtime.js';

export interface ServingOptions {
  readonly keeper: StateKeeper;
  readonly runtime: TaskRuntime;
  readonly loader: SlotLoader;
  readonly emit: DeviceListener;
  /** Another process writes the state; what it changed is read when something is not found. */
  readonly readOnly: boolean;
}

/** Finds the network of a task: resident, folded anew, or loaded from the store. */
export class Serving {
  constructor(private readonly options: ServingOptions) {}

  /**
   * Lets a task's network do something.
   * @throws DeviceError `task_not_active`; what verifying threw when the store is damaged
   */
  async use<T>(task: string, action: (network: TaskNetwork) => T | Promise<T>): Promise<T> {
    const { keeper, readOnly } = this.options;
    try {
      return await this.useNow(task, action);
    } catch (error) {
      // The writer may have brought the task, or cleared away the version this process knows of.
      const moved = error instanceof DeviceError && ['task_not_active', 'blob_missing'].includes(error.code);
      if (!readOnly || !moved) throw error;
      await keeper.reload();
      return this.useNow(task, action);
    }
  }

  private async useNow<T>(task: string, action: (network: TaskNetwork) => T | Promise<T>): Promise<T> {
    const { slot, digest } = this.find(task);
    const known = await this.run(task, digest, action);
    if (known) return known.value;
    const loaded = await this.run(task, (await this.options.loader.load(slot)).digest, action);
    if (loaded) return loaded.value;
    throw new DeviceError('task_not_active', `'${task}' was removed meanwhile`);
  }

  private run<T>(task: string, digest: Digest, action: (network: TaskNetwork) => T): Promise<{ value: T } | undefined> {
    return this.options.runtime.run(digest, (network, foldedMs) => {
      if (foldedMs !== undefined) this.options.emit({ type: 'switched', task, swapMs: foldedMs });
      return { value: action(network) };
    });
  }

  private find(task: string): { slot: string; digest: Digest } {
    const slots = Object.entries(this.options.keeper.state.slots);
    const found = slots.find(([, { current }]) => current.task === task);
    if (found) return { slot: found[0], digest: found[1].current.digest };
    const active = slots.map(([, { current }]) => current.task).sort();
    const list = active.length > 0 ? active.join(', ') : 'none';
    throw new DeviceError('task_not_active', `no version of '${task}' is active here; active: ${list}`);
  }
}
