import type { BaseNetwork } from '@kernelcast/nets';
import { enrolDevice } from '../client/enrol.js';
import { Device } from '../device.js';
import type { DeviceOptions } from '../device.js';
import type { DeviceEvent } from '../device.types.js';
import { MemoryStateStore } from '../state/memory-state-store.js';
import type { StateStore } from '../state/state-store.js';
import { NOW, SERVER } from './fake-delivery.js';
import type { FakeDelivery } from './fake-delivery.js';

export interface TestDevice {
  readonly device: Device;
  readonly store: StateStore;
  readonly events: DeviceEvent[];
  /** Events of one type. */
  of<T extends DeviceEvent['type']>(type: T): Extract<DeviceEvent, { type: T }>[];
}

/** Time does not pass unless a test says so, and waiting takes none. */
export const STILL: Pick<DeviceOptions, 'now' | 'sleep' | 'random'> = {
  now: () => NOW,
  sleep: () => Promise.resolve(),
  random: () => 0.5,
};

/** Opens an enrolled device. */
export async function openDevice(
  delivery: FakeDelivery,
  base: BaseNetwork,
  options: Partial<DeviceOptions> = {},
): Promise<TestDevice> {
  const store = options.store ?? new MemoryStateStore();
  const device = await Device.open({ ...STILL, fetch: delivery.fetch, ...options, store, base });
  const events: DeviceEvent[] = [];
  device.onEvent((event) => events.push(event));
  const of = <T extends DeviceEvent['type']>(type: T): Extract<DeviceEvent, { type: T }>[] =>
    events.filter((event): event is Extract<DeviceEvent, { type: T }> => event.type === type);
  return { device, store, events, of };
}

/** Enrols a new device and opens it. */
export async function enrolledDevice(
  delivery: FakeDelivery,
  base: BaseNetwork,
  options: Partial<DeviceOptions> = {},
): Promise<TestDevice> {
  const store = options.store ?? new MemoryStateStore();
  await enrolDevice({
    server: SERVER,
    enrolmentToken: 'good',
    baseDigests: [base.digest],
    runtime: 'test',
    store,
    fetch: delivery.fetch,
    now: () => NOW,
  });
  return openDevice(delivery, base, { ...options, store });
}

/** `n` drawn images of the tiny base's size. */
export function images(n: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: n * 6 * 6 * 3 }, (_, i) => (i * 31 * seed + seed) % 251);
}
