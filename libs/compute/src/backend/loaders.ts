import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerGradients } from '../gradients/register-gradients.js';
import { registerWasmKernels } from '../wasm/register-kernels.js';
import type { BackendLoader, BackendLoaders } from './backend.types.js';
import { polyfillNodeUtil } from './polyfill-node-util.js';

/** Where the wasm backend's own `.wasm` files are; Node finds them by itself, a bundled page has to say. */
export type WasmPaths = Parameters<typeof import('@tensorflow/tfjs-backend-wasm').setWasmPaths>[0];

async function activate(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs refused its backend ${backend}`);
  await tf.ready();
}

/** Makes the wasm backend current, with our kernels where SIMD allows. */
export async function loadWasm(paths?: WasmPaths): ReturnType<BackendLoader> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  // The threaded build shares its memory between workers; our kernels are for one thread, and Node has no use for it.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (paths !== undefined) setWasmPaths(paths);
  await activate('wasm');
  const support = await registerWasmKernels(tf.backend() as BackendWasm);
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

/** tfjs' native bindings are optional peers: whoever installs them gets them. */
async function loadNative(packageName: string): ReturnType<BackendLoader> {
  if (typeof process === 'undefined' || process.versions?.node === undefined) throw new Error('not in Node.js');
  await polyfillNodeUtil();
  await import(/* @vite-ignore */ packageName);
  await activate('tensorflow');
  await loadGradients();
  return { simd: false, relaxedSimd: false, detail: packageName };
}

/** Backends for training. */
export const TRAINING_LOADERS: BackendLoaders = {
  'tfjs-node-gpu': () => loadNative('@tensorflow/tfjs-node-gpu'),
  'tfjs-node': () => loadNative('@tensorflow/tfjs-node'),
  wasm: async () => {
    await loadGradients();
    const loaded = await loadWasm();
    if (!loaded.simd) throw new Error('this runtime has no WebAssembly SIMD, without which wasm cannot train');
    return loaded;
  },
  cpu: async () => {
    await loadGradients();
    return loadCpu();
  },
};
