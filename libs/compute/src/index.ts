export { BackendError } from './backend/backend.errors.js';
export { BACKEND_NAMES, type BackendInfo, type BackendName } from './backend/backend.types.js';
export {
  initBackend,
  initInferenceBackend,
  type InitBackendOptions,
  type InitInferenceOptions,
} from './backend/init-backend.js';
export type { Activation } from './ops/activation.js';
export { activate, addActivate } from './ops/add-activate.js';
export { batchNormTrain, type BatchNormTrainResult } from './ops/batch-norm-train.js';
export { modulateKernel, modulateKernelBy } from './ops/modulate-kernel.js';
export { batchNormCentred, batchNormGiven } from './ops/batch-norm-given.js';
export { currentOverwriter, type ModulationSizes, type Overwriter } from './ops/overwrite.js';
