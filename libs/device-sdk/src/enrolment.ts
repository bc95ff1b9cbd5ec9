import { describeDevice } from './activation/slots.js';
import { DeviceError } from './device.errors.js';
import type { DeviceStatus } from './device.types.js';
import { storedManifest } from './manifest/manifest-keeper.js';
import { deviceIdentitySchema, deviceKeySchema } from './state/device-state.schema.js';
import type { DeviceIdentity, DeviceKey } from './state/device-state.schema.js';
import { readFirst } from './state/read-first.js';
import { StateKeeper } from './state/state-keeper.js';
import type { StateStore } from './state/state-store.js';

/** Who the device is, and its key. @throws DeviceError `not_enrolled` */
export async function readEnrolment(store: StateStore): Promise<{ identity: DeviceIdentity; key: DeviceKey }> {
  const identity = await readFirst(store, 'identity', deviceIdentitySchema);
  const key = await readFirst(store, 'key', deviceKeySchema);
  if (identity && key) return { identity, key };
  const lost = identity ? `the key of ${identity.deviceId} is lost; enrol anew in an empty store` : undefined;
  throw new DeviceError('not_enrolled', lost ?? 'the store holds no intact enrolment; enrol the device first');
}

/** Status from the store alone: needs neither the base network nor a backend. @throws DeviceError `not_enrolled` */
export async function readDeviceStatus(store: StateStore): Promise<DeviceStatus> {
  const { identity } = await readEnrolment(store);
  const { state } = await StateKeeper.load(store, true);
  return describeDevice(identity, state, storedManifest(state));
}
