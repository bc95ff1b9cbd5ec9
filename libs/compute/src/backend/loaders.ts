import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from '../gradients/register-gradients.js';
import { INFERENCE_KERNELS } from '../generated/inference-kernels.generated.js';
import { TRAINING_KERNELS } from '../generated/training-kernels.generated.js';
import type { KernelBuilds } from '../wasm/kernel-module.js';
import { registerWasmKernels } from '../wasm/register-kernels.js';
import type { BackendLoader, BackendLoaders, NativeOptions } from './backend.types.js';

/** Where the wasm backend's own `.wasm` files are; Node finds them by itself, a bundled page has to say. */
export type WasmPaths = Parameters<typeof import('@tensorflow/tfjs-backend-wasm').setWasmPaths>[0];

async function activate(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs refused its backend ${backend}`);
  await tf.ready();
}

/** Makes the wasm backend current for devices, with our kernels where SIMD allows. */
export function loadWasmForInference(paths?: WasmPaths): ReturnType<BackendLoader> {
  return loadWasm(INFERENCE_KERNELS, paths);
}

async function loadWasm(builds: KernelBuilds, paths?: WasmPaths): ReturnType<BackendLoader> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // The threaded build shares its memory between workers; our kernels are for one thread, and Node has no use for it.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (paths !== undefined) setWasmPaths(paths);
  await activate('wasm');
  const support = await registerWasmKernels(tf.backend() as BackendWasm, { builds });
  const kernels = support.relaxedSimd
    ? 'relaxed SIMD kernels'
    : support.simd
      ? 'SIMD kernels'
      : 'stock kernels, no SIMD';
  return { ...support, detail: `tfjs ${tf.version_core} wasm, ${kernels}` };
}

/** Makes tfjs' plain JavaScript backend current. */
export async function loadCpu(): ReturnType<BackendLoader> {
  await import('@tensorflow/tfjs-backend-cpu');
  await activate('cpu');
  return { simd: false, relaxedSimd: false, detail: `tfjs ${tf.version_core} cpu, JavaScript` };
}

/** Silences tfjs' advertisements on the console; registers the gradients it has, then ours over them. */
async function loadGradients(): Promise<void> {
  tf.env().set('PROD', true);
  await import('@tensorflow/tfjs');
  registerGradients();
}

/** tfjs' native bindings are no dependencies of ours: whoever installs or builds one gets it. */
async function native(packageName: string, options: NativeOptions): ReturnType<BackendLoader> {
  if (typeof process === 'undefined' || process.versions?.node === undefined) throw new Error('not in Node.js');
  // Not loaded with this module, which browsers load too.
  const { loadNative } = await import('./load-native.js');
  const loaded = await loadNative(packageName, options);
  await loadGradients();
  return loaded;
}

/** Backends for training. */
export const trainingLoaders = (options: NativeOptions = {}): BackendLoaders => ({
  'tfjs-node-gpu': () => native('@tensorflow/tfjs-node-gpu', options),
  'tfjs-node': () => native('@tensorflow/tfjs-node', options),
  wasm: async () => {
    await loadGradients();
    const loaded = await loadWasm(TRAINING_KERNELS);
    if (!loaded.simd) throw new Error('this runtime has no WebAssembly SIMD, without which wasm cannot train');
    return loaded;
  },
  cpu: async () => {
    await loadGradients();
    return loadCpu();
  },
});
