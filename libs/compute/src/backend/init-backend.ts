import type { BackendInfo, BackendLoaders, BackendName } from './backend.types.js';
import { TRAINING_LOADERS, loadCpu, loadWasm, type WasmPaths } from './loaders.js';
import { selectBackend } from './select-backend.js';

let training: Promise<BackendInfo> | undefined;
let inference: Promise<BackendInfo> | undefined;

export interface InitBackendOptions {
  /** Take this backend or fail. */
  readonly force?: BackendName;
  /** How backends load; for tests. */
  readonly loaders?: BackendLoaders;
}

/**
 * Loads the best backend for training (tfjs-node-gpu, tfjs-node, wasm with training kernels, cpu), once: later calls
 * return the first call's answer, unless they force another backend.
 *
 * @throws BackendError (`backend_unavailable`) when the forced backend cannot load
 */
export async function initBackend(options: InitBackendOptions = {}): Promise<BackendInfo> {
  const { force, loaders = TRAINING_LOADERS } = options;
  const current = await training?.catch(() => undefined);
  if (current !== undefined && (force === undefined || force === current.name)) return current;
  training = selectBackend(loaders, force);
  return training;
}

export interface InitInferenceOptions {
  /** Folder URL, or map from file name to URL, of tfjs' `.wasm` files; needed in browsers. */
  readonly wasmPaths?: WasmPaths;
}

/**
 * Loads a backend for devices: wasm, else cpu, without tfjs' layers, data and gradient code. Once; a process that has
 * called `initBackend` keeps that backend.
 *
 * @throws BackendError (`backend_unavailable`) when neither loads
 */
export async function initInferenceBackend(options: InitInferenceOptions = {}): Promise<BackendInfo> {
  const unavailable = () => Promise.reject(new Error('not for inference'));
  inference ??=
    training ??
    selectBackend({
      'tfjs-node-gpu': unavailable,
      'tfjs-node': unavailable,
      wasm: () => loadWasm(options.wasmPaths),
      cpu: loadCpu,
    });
  return inference;
}
