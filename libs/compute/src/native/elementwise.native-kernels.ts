import type { Activation } from '../ops/activation.js';
import { ACTIVATION_GRADIENT } from '../ops/kernel-names.js';
import { defineNativeKernel, type NativeOps } from './native-ops.js';

const GRADIENT_OP: Readonly<Record<Exclude<Activation, 'none'>, string>> = { relu: 'ReluGrad', relu6: 'Relu6Grad' };

/** TensorFlow's gradients of the activations, one pass each. */
export function registerNativeElementwise(ops: NativeOps): void {
  defineNativeKernel(ops, ACTIVATION_GRADIENT, ({ input, attrs }) =>
    ops.single(GRADIENT_OP[attrs['activation'] as Exclude<Activation, 'none'>], [input('dy'), input('value')]),
  );
}
