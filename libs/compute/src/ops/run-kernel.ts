import * as tf from '@tensorflow/tfjs-core';

/** Computes a kernel's outputs from tfjs operations, for backends that have no kernel of that name. */
export type ComposedKernel = (inputs: Record<string, tf.Tensor>, attrs: tf.NamedAttrMap) => tf.Tensor[];

const composed = new Map<string, ComposedKernel>();

/** Declares what a kernel of ours computes where no faster one is registered. */
export function defineComposedKernel(kernelName: string, compute: ComposedKernel): void {
  composed.set(kernelName, compute);
}

/** Registers the composed kernel with the current backend, once. tfjs keeps operations inside a kernel off the tape. */
function ensureKernel(kernelName: string): void {
  const backendName = tf.getBackend();
  const compute = composed.get(kernelName);
  if (compute === undefined || tf.getKernel(kernelName, backendName) !== undefined) return;
  tf.registerKernel({
    kernelName,
    backendName,
    kernelFunc: ({ inputs, attrs }) => tf.tidy(() => compute(inputs as Record<string, tf.Tensor>, attrs ?? {})),
  });
}

/** Runs a kernel of ours on the current backend. */
export function runKernel(kernelName: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor[] {
  ensureKernel(kernelName);
  const result: unknown = tf.engine().runKernel(kernelName, inputs, attrs as tf.NamedAttrMap);
  return Array.isArray(result) ? (result as tf.Tensor[]) : [result as tf.Tensor];
}

/** The only output of `runKernel`. */
export function runKernelSingle(kernelName: string, inputs: Record<string, tf.Tensor>, attrs: object = {}): tf.Tensor {
  const [output] = runKernel(kernelName, inputs, attrs);
  if (output === undefined) throw new Error(`kernel ${kernelName} returned nothing`);
  return output;
}
