export { MANIFEST_SLOT } from './manifest/manifest-keeper.js';
export { enrolDevice } from './client/enrol.js';
export type { EnrolOptions } from './client/enrol.js';
export type { Sleep } from './client/backoff.js';
export type { Fetch } from './client/http.js';
export { describeError, DEVICE_ERROR_CODES, DeviceError, ServerError } from './device.errors.js';
export type { DeviceErrorCode } from './device.errors.js';
export { Device } from './device.js';
export { readDeviceStatus } from './enrolment.js';
export type { DeviceOptions } from './device.js';
export type {
  DeviceEvent,
  DeviceListener,
  DeviceStatus,
  OfflineBundle,
  PollOptions,
  PollResult,
  SlotPhase,
  SlotStatus,
} from './device.types.js';
export type { EngineBase, EngineNetwork, EngineRunner, InferenceEngine } from './inference/inference-engine.js';
export { tfjsEngine } from './inference/tfjs-engine.js';
export type { Prediction } from './inference/predictions.js';
export { DEFAULT_MAX_RESIDENT_BYTES } from './inference/task-runtime.js';
export type { DeviceIdentity } from './state/device-state.schema.js';
export { MemoryStateStore } from './state/memory-state-store.js';
export type { DocumentName, PartialBlob, StateStore, StoredDocument } from './state/state-store.js';
