import { deviceStateSchema, initialState } from './device-state.schema.js';
import type { DeviceState } from './device-state.schema.js';
import type { StateStore } from './state-store.js';

/**
 * Sequence numbers skipped after a damaged state: the copy before it may be some reports behind, and a number that
 * was used already would make the server take a new report for a repeated one.
 */
export const SEQUENCE_SKIP = 10_000;

/** The device's state in memory, and its way to the store. */
export class StateKeeper {
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: StateStore,
    private readonly readOnly: boolean,
    private held: DeviceState,
  ) {}

  /** The newest intact state; the initial one when there is none, which leads to a fresh poll. */
  static async load(store: StateStore, readOnly: boolean): Promise<StateKeeper> {
    return new StateKeeper(store, readOnly, await readState(store));
  }

  get state(): Readonly<DeviceState> {
    return this.held;
  }

  /** Reads the store again, as another process may have written it. */
  async reload(): Promise<void> {
    this.held = await readState(this.store);
  }

  /**
   * Changes the state: first in the store, then in memory. When the store fails, nothing has changed.
   * @throws DeviceError `disk_full` or `store_failed`
   */
  update(change: (draft: DeviceState) => void): Promise<void> {
    return this.enqueue(async () => {
      const draft = structuredClone(this.held);
      change(draft);
      if (!this.readOnly) await this.store.writeDocument('state', draft);
      this.held = draft;
    });
  }

  /**
   * Changes the state in memory even when the store fails, for what is true regardless, such as a failure.
   * @returns whether the store has it
   */
  note(change: (draft: DeviceState) => void): Promise<boolean> {
    return this.enqueue(async () => {
      const draft = structuredClone(this.held);
      change(draft);
      this.held = draft;
      if (this.readOnly) return false;
      return this.store.writeDocument('state', draft).then(
        () => true,
        () => false,
      );
    });
  }

  private enqueue<T>(step: () => Promise<T>): Promise<T> {
    const done = this.writing.then(step);
    this.writing = done.catch(() => undefined);
    return done;
  }
}

async function readState(store: StateStore): Promise<DeviceState> {
  const { copies, damaged } = await store.readDocument('state');
  for (const [age, copy] of copies.entries()) {
    const parsed = deviceStateSchema.safeParse(copy);
    if (!parsed.success) continue;
    return damaged || age > 0 ? skipNumbers(parsed.data) : parsed.data;
  }
  return damaged || copies.length > 0 ? skipNumbers(initialState()) : initialState();
}

function skipNumbers(state: DeviceState): DeviceState {
  return { ...state, reports: { ...state.reports, lastSeq: state.reports.lastSeq + SEQUENCE_SKIP } };
}
