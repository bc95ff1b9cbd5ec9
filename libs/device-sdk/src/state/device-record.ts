import { canonicalJson } from '@kernelcast/artifact';
import type { z } from 'zod';
import { DeviceError } from '../device.error.js';
import { deviceStateSchema, emptyState, identitySchema } from './device-state.js';
import type { DeviceState, Identity } from './device-state.js';
import type { DocumentName, StateStore } from './state-store.js';

/** A device's documents in memory and in its store, changed in both or in neither. */
export class DeviceRecord {
  private constructor(
    private readonly store: StateStore,
    private currentIdentity: Identity,
    private currentState: DeviceState,
  ) {}

  /** @throws DeviceError `not_enrolled` or `state_corrupt` */
  static async load(store: StateStore): Promise<DeviceRecord> {
    const identity = await readDocument(store, 'identity', identitySchema);
    if (identity === undefined) throw new DeviceError('not_enrolled', 'this device has not been enrolled');
    const state = await readDocument(store, 'state', deviceStateSchema);
    return new DeviceRecord(store, identity, state ?? emptyState());
  }

  /** A device that was just enrolled begins with nothing: its key belongs to no earlier state. */
  static async create(store: StateStore, identity: Identity): Promise<DeviceRecord> {
    await store.writeDocument('state', encode(emptyState()));
    await store.writeDocument('identity', encode(identity));
    return new DeviceRecord(store, identity, emptyState());
  }

  get identity(): Identity {
    return this.currentIdentity;
  }

  get state(): DeviceState {
    return this.currentState;
  }

  async setIdentity(identity: Identity): Promise<void> {
    await this.store.writeDocument('identity', encode(identity));
    this.currentIdentity = identity;
  }

  /** Applies a change to a copy, writes it, and only then holds it for true. */
  async update(change: (draft: DeviceState) => void): Promise<void> {
    const draft = structuredClone(this.currentState);
    change(draft);
    await this.store.writeDocument('state', encode(draft));
    this.currentState = draft;
  }

  /** Reads the state again: another process of this device may have changed it. */
  async reload(): Promise<void> {
    this.currentState = (await readDocument(this.store, 'state', deviceStateSchema)) ?? this.currentState;
  }
}

async function readDocument<T extends z.ZodType>(
  store: StateStore,
  name: DocumentName,
  schema: T,
): Promise<z.infer<T> | undefined> {
  const bytes = await store.readDocument(name);
  if (bytes === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new DeviceError('state_corrupt', `the document '${name}' cannot be read`, { cause });
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}
