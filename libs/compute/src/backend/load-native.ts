import { createRequire } from 'node:module';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { NATIVE, type NativeBackend } from '../native/native-ops.js';
import { registerNativeKernels } from '../native/register-native-kernels.js';
import type { BackendLoader, NativeInfo, NativeOptions } from './backend.types.js';
import { tensorFlowEnvironment } from './native-environment.js';
import { polyfillNodeUtil } from './polyfill-node-util.js';

type Require = ReturnType<typeof createRequire>;

/** Where `packageName` is, as seen from `folder` or else from here. */
function locate(packageName: string, folder: string | undefined): { entry: string; load: Require } {
  const load = createRequire(folder === undefined ? import.meta.url : path.resolve(folder, 'package.json'));
  try {
    return { entry: load.resolve(packageName), load };
  } catch (cause) {
    throw new Error(folder === undefined ? 'not installed' : `not installed in ${folder}`, { cause });
  }
}

/** Of two copies of tfjs-core each has classes of its own, and tensors of one are none to the other. */
function assertSameCore(entry: string): void {
  const core = createRequire(entry)('@tensorflow/tfjs-core') as typeof tf;
  if (core.Tensor === tf.Tensor) return;
  throw new Error(
    `it uses a copy of tfjs-core of its own (${core.version_core}, here ${tf.version_core}): build it for this installation`,
  );
}

/**
 * Loads one of tfjs' native bindings, makes it current and adds our kernels.
 *
 * @throws Error when it is not installed, cannot be loaded or does not share this installation's tfjs-core
 */
export async function loadNative(packageName: string, { folder, threads }: NativeOptions): ReturnType<BackendLoader> {
  const { entry, load } = locate(packageName, folder);
  assertSameCore(entry);
  await polyfillNodeUtil();
  for (const [name, value] of Object.entries(tensorFlowEnvironment(threads))) process.env[name] ??= value;
  load(packageName);
  if (!(await tf.setBackend(NATIVE))) throw new Error(`tfjs refused its backend ${NATIVE}`);
  const backend = tf.backend() as NativeBackend;
  registerNativeKernels(backend);
  const native: NativeInfo = {
    tensorflow: backend.binding.TF_Version,
    device: backend.isUsingGpuDevice ? 'GPU' : 'CPU',
    threads,
  };
  return { simd: false, relaxedSimd: false, native, detail: describe(packageName, native) };
}

function describe(packageName: string, { tensorflow, device, threads }: NativeInfo): string {
  const limit = threads === undefined ? '' : `, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
  return `${packageName} with TensorFlow ${tensorflow} on ${device}${limit}`;
}
