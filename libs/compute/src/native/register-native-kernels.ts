import { registerNativeBatchNorm } from './batch-norm.native-kernels.js';
import { registerNativeConv } from './conv.native-kernels.js';
import { registerNativeElementwise } from './elementwise.native-kernels.js';
import { NativeOps, type NativeBackend } from './native-ops.js';

/** Adds our kernels to the native backend. */
export function registerNativeKernels(backend: NativeBackend): void {
  const ops = new NativeOps(backend);
  registerNativeConv(ops);
  registerNativeElementwise(ops);
  if (!backend.isUsingGpuDevice) registerNativeBatchNorm(ops);
}
