import * as tf from '@tensorflow/tfjs-core';
import type { WasmHeap } from './heap.js';

export const WASM = 'wasm';

export interface KernelCall {
  readonly heap: WasmHeap;
  /** The named input; a missing one is a programming error. */
  input(name: string): tf.TensorInfo;
  /** All inputs; optional ones may be missing. */
  readonly inputs: tf.NamedTensorInfoMap;
  /** All attributes, as the type the kernel documents. */
  readonly attrs: tf.NamedAttrMap;
}

type KernelBody = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[];

/** Registers a kernel of the wasm backend, in place of the stock one if there is one. */
export function defineKernel(heap: WasmHeap, kernelName: string, body: KernelBody): void {
  if (tf.getKernel(kernelName, WASM) !== undefined) tf.unregisterKernel(kernelName, WASM);
  tf.registerKernel({
    kernelName,
    backendName: WASM,
    kernelFunc: ({ inputs, attrs }) =>
      body({
        heap,
        inputs,
        attrs: attrs ?? {},
        input: (name) => {
          const tensor = inputs[name];
          if (tensor === undefined) throw new Error(`kernel ${kernelName} was called without its input ${name}`);
          return tensor;
        },
      }),
  });
}

/** The stock kernel's function, for the cases ours leaves to it. */
export function stockKernel(kernelName: string): tf.KernelConfig {
  const config = tf.getKernel(kernelName, WASM);
  if (config === undefined) throw new Error(`the wasm backend has no kernel ${kernelName}`);
  return config;
}
