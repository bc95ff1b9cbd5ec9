import * as tf from '@tensorflow/tfjs-core';
import { ACTIVATION_CODE, type Activation } from '../ops/activation.js';
import {
  BATCH_NORM_CENTRED,
  BATCH_NORM_CENTRED_GRADIENT,
  BATCH_NORM_GIVEN,
  BATCH_NORM_GIVEN_INPUT_GRADIENT,
  BATCH_NORM_GIVEN_PARAMETER_GRADIENT,
  BATCH_NORM_TRAIN,
  BATCH_NORM_TRAIN_GRADIENT,
} from '../ops/kernel-names.js';
import { defineKernel, stockKernel, type KernelCall } from './define-kernel.js';
import type { WasmHeap } from './heap.js';

/** Whose statistics normalise (`assembly/batch-norm.ts`). */
const STATISTICS = { batch: 0, centred: 1, given: 2 } as const;
type Statistics = keyof typeof STATISTICS;

/** Pixels and channels of `[..., channels]`. */
function rows(x: tf.TensorInfo): [number, number] {
  const channels = x.shape[x.shape.length - 1] ?? 1;
  return [tf.util.sizeFromShape(x.shape) / channels, channels];
}

function settings(attrs: tf.NamedAttrMap): [number, number] {
  return [attrs['epsilon'] as number, ACTIVATION_CODE[attrs['activation'] as Activation]];
}

/** Inputs as addresses, in the order of `names`. */
function addresses({ heap, input }: KernelCall, ...names: string[]): number[] {
  return names.map((name) => heap.offset(input(name)));
}

/** The kernel with these statistics; it returns those that are the batch's own. */
function forward(statistics: Statistics): (call: KernelCall) => tf.TensorInfo[] {
  return (call) => {
    const { heap, input, attrs } = call;
    const x = input('x');
    const [pixels, channels] = rows(x);
    const y = heap.output(x.shape);
    const mean = statistics === 'given' ? input('mean') : heap.output([channels]);
    const variance = statistics === 'batch' ? heap.output([channels]) : input('variance');
    heap.kernels.batchNormForward(
      ...addresses(call, 'x', 'gamma', 'beta'),
      ...[y, mean, variance].map((tensor) => heap.offset(tensor)),
      pixels,
      channels,
      ...settings(attrs),
      STATISTICS[statistics],
      heap.scratch(heap.kernels.batchNormScratch(channels)),
    );
    if (statistics === 'given') return [y];
    return statistics === 'batch' ? [y, mean, variance] : [y, mean];
  };
}

const GRADIENT_INPUTS = ['x', 'dy', 'gamma', 'beta', 'mean', 'variance'];

function backward(statistics: Statistics): (call: KernelCall) => tf.TensorInfo[] {
  return (call) => {
    const { heap, input, attrs } = call;
    const x = input('x');
    const [pixels, channels] = rows(x);
    const outputs = [heap.output(x.shape), heap.output([channels]), heap.output([channels])];
    heap.kernels.batchNormBackward(
      ...addresses(call, ...GRADIENT_INPUTS),
      ...outputs.map((tensor) => heap.offset(tensor)),
      pixels,
      channels,
      ...settings(attrs),
      STATISTICS[statistics],
      heap.scratch(heap.kernels.batchNormScratch(channels)),
    );
    return outputs;
  };
}

type GivenGradient = 'batchNormGivenInputGradient' | 'batchNormGivenParameterGradient';

function givenGradient(kernel: GivenGradient): (call: KernelCall) => tf.TensorInfo[] {
  return (call) => {
    const { heap, input, attrs } = call;
    const x = input('x');
    const [pixels, channels] = rows(x);
    const outputs =
      kernel === 'batchNormGivenInputGradient'
        ? [heap.output(x.shape)]
        : [heap.output([channels]), heap.output([channels])];
    heap.kernels[kernel](
      ...addresses(call, ...GRADIENT_INPUTS),
      ...outputs.map((tensor) => heap.offset(tensor)),
      pixels,
      channels,
      ...settings(attrs),
      heap.scratch(heap.kernels.batchNormScratch(channels)),
    );
    return outputs;
  };
}

/** tfjs' own batch normalisation; the stock kernel works number by number. */
function registerFused(heap: WasmHeap): void {
  const stock = stockKernel(tf.FusedBatchNorm).kernelFunc;
  const ours = forward('given');
  defineKernel(heap, tf.FusedBatchNorm, (call) => {
    const { x, scale: gamma, offset: beta, mean, variance } = call.inputs;
    const [channels] = x?.shape.slice(-1) ?? [];
    const vectors = [gamma, beta, mean, variance].every((one) => one?.shape.length === 1 && one.shape[0] === channels);
    if (!vectors) return stock({ inputs: call.inputs, attrs: call.attrs, backend: heap.backend });
    const inputs: tf.NamedTensorInfoMap = { x, gamma, beta, mean, variance };
    const attrs: tf.NamedAttrMap = { epsilon: Number(call.attrs['varianceEpsilon']), activation: 'none' };
    const [y] = ours({ heap, inputs, attrs, input: (name) => inputs[name] ?? call.input(name) });
    return y ?? [];
  });
}

/** Batch normalisation with its activation, from statistics of the batch or given, and the gradient of both together. */
export function registerBatchNorm(heap: WasmHeap): void {
  defineKernel(heap, BATCH_NORM_TRAIN, forward('batch'));
  defineKernel(heap, BATCH_NORM_TRAIN_GRADIENT, backward('batch'));
  defineKernel(heap, BATCH_NORM_CENTRED, forward('centred'));
  defineKernel(heap, BATCH_NORM_CENTRED_GRADIENT, backward('centred'));
  defineKernel(heap, BATCH_NORM_GIVEN, forward('given'));
  defineKernel(heap, BATCH_NORM_GIVEN_INPUT_GRADIENT, givenGradient('batchNormGivenInputGradient'));
  defineKernel(heap, BATCH_NORM_GIVEN_PARAMETER_GRADIENT, givenGradient('batchNormGivenParameterGradient'));
  registerFused(heap);
}
