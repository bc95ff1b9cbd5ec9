import type { BackendInfo, BackendLoaders, BackendName, NativeOptions } from './backend.types.js';
import { loadCpu, loadWasmForInference, trainingLoaders, type WasmPaths } from './loaders.js';
import { selectBackend } from './select-backend.js';

/** What is loaded; undefined before the first success. Calls wait for one another. */
let current: Promise<BackendInfo | undefined> = Promise.resolve(undefined);
let loadedForTraining = false;

export interface InitBackendOptions {
  /** Take this backend or fail. */
  readonly force?: BackendName;
  /** Where native bindings are and what they may use. */
  readonly native?: NativeOptions;
  /** How backends load; for tests. */
  readonly loaders?: BackendLoaders;
}

/**
 * Loads the best backend for training (tfjs-node-gpu, tfjs-node, wasm with training kernels, cpu), once: later calls
 * return the first call's answer, unless they force another backend.
 *
 * @throws BackendError (`backend_unavailable`) when the forced backend cannot load
 */
export function initBackend(options: InitBackendOptions = {}): Promise<BackendInfo> {
  const { force, native, loaders = trainingLoaders(native) } = options;
  return afterCurrent(async (loaded) => {
    if (loaded !== undefined && loadedForTraining && (force ?? loaded.name) === loaded.name) return loaded;
    const info = await selectBackend(loaders, force);
    loadedForTraining = true;
    return info;
  });
}

/** Runs `next` on what is loaded once nothing is loading; its failure leaves that as it was. */
function afterCurrent(next: (loaded: BackendInfo | undefined) => Promise<BackendInfo>): Promise<BackendInfo> {
  const before = current;
  const result = before.then(next);
  current = result.catch(() => before);
  return result;
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
export function initInferenceBackend(options: InitInferenceOptions = {}): Promise<BackendInfo> {
  const unavailable = () => Promise.reject(new Error('for training'));
  return afterCurrent(
    async (loaded) =>
      loaded ??
      selectBackend({
        'tfjs-node-gpu': unavailable,
        'tfjs-node': unavailable,
        wasm: () => loadWasmForInference(options.wasmPaths),
        cpu: loadCpu,
      }),
  );
}
