import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { toTensor } from '@kernelcast/nets';
import type { KernelNode } from '@kernelcast/nets';
import { deltaKernel } from '../kernels/delta-kernel.js';
import { gridKernel, lowRankKernel } from '../kernels/modulated-kernel.js';
import { drawSigns, trainedSide } from '../kernels/one-sided.js';
import { deltaSides, modulatorSides } from '../plan/kernel-levels.js';
import type { PlannedLayer } from '../plan/plan.types.js';
import type { AdaptationParameter, Part } from './part.types.js';
import { adoptValues, assign, deviationOf, drawn, matching, parameter, valueOf, zeros } from './tensors.js';

/** A part that turns the base's kernel into the task's. */
export interface KernelModulator extends Part {
  /** W' in the shape of W; differentiable in the parameters. */
  kernel(): tf.Tensor;
}

export interface KernelParts {
  readonly node: KernelNode;
  readonly planned: PlannedLayer;
  /** The base's kernel. */
  readonly base: FloatTensor;
  /** Source of initial values. */
  readonly nextNormal: () => number;
}

/** Adapts one kernel as its plan says; it starts as the base's, bit for bit. */
export function createKernelModulator(parts: KernelParts): KernelModulator {
  switch (parts.planned.kind) {
    case 'oneSided':
      return createOneSided(parts);
    case 'grid':
      return createGrid(parts);
    case 'delta':
      return createDelta(parts);
    case 'deltaGrid':
      return createDeltaGrid(parts);
    case 'kernel':
      return createWhole(parts);
    default:
      return createLowRank(parts);
  }
}

/** A starts at zero and B at N(0, 1): exactly the identity, while A's gradient is not zero. */
function createLowRank({ node, planned, base, nextNormal }: KernelParts): KernelModulator {
  const [rows, columns] = modulatorSides(node);
  const { rank = 1 } = planned;
  const a = parameter(`${node.id}/A`, 'modulator', zeros([rows, rank]));
  const b = parameter(`${node.id}/B`, 'modulator', drawn([rank, columns], nextNormal));
  return assemble([a, b], base, (kernel) =>
    lowRankKernel(node, kernel, a.variable as tf.Tensor2D, b.variable as tf.Tensor2D),
  );
}

/** The trained factor starts at zero. Signs on the other side have the variance of B's first values. */
function createOneSided({ node, planned, base }: KernelParts): KernelModulator {
  const { role, shape } = trainedSide(node, planned.rank ?? 1);
  const trained = parameter(`${node.id}/${role}`, 'modulator', zeros(shape));
  const signs = toTensor(drawSigns(node, planned.rank ?? 1));
  const part = assemble([trained], base, (kernel) => {
    const [a, b] = role === 'outputs' ? [trained.variable, signs] : [signs, trained.variable];
    return lowRankKernel(node, kernel, a as tf.Tensor2D, b as tf.Tensor2D);
  });
  return {
    ...part,
    dispose: () => {
      part.dispose();
      signs.dispose();
    },
  };
}

function createGrid({ node, base }: KernelParts): KernelModulator {
  const grid = parameter(`${node.id}/grid`, 'modulator', zeros([...base.shape]));
  return assemble([grid], base, (kernel) => gridKernel(kernel, grid.variable));
}

/**
 * Low-rank adaptation of a convolution (Hu et al., "LoRA", ICLR 2022, arXiv 2106.09685, on the kernel as a matrix):
 * `W + s·A·B`, A zeros and B N(0, 1) at first. s, the deviation of the layer's weights, lets one rate serve layers of
 * any scale; it travels within A.
 */
function createDelta({ node, planned, base, nextNormal }: KernelParts): KernelModulator {
  const [rows, columns] = deltaSides(node);
  const { rank = 1 } = planned;
  const a = parameter(`${node.id}/deltaA`, 'modulator', zeros([rows, rank]));
  const b = parameter(`${node.id}/deltaB`, 'modulator', drawn([rank, columns], nextNormal));
  const deviation = Math.fround(deviationOf(base));
  const part = assemble([a, b], base, (kernel) =>
    deltaKernel(kernel, tf.mul(a.variable as tf.Tensor2D, deviation), b.variable as tf.Tensor2D),
  );
  return {
    ...part,
    exportTensors: () => [[a.name, scaled(valueOf(a), deviation)], [b.name, valueOf(b)]], // prettier-ignore
    adopt: (tensors) => {
      adoptScaled(a, tensors, deviation);
      adoptValues([b], tensors);
    },
  };
}

/** `W + s·D`, where as many numbers as the kernel has weights cost no more than factors. */
function createDeltaGrid({ node, base }: KernelParts): KernelModulator {
  const delta = parameter(`${node.id}/delta`, 'modulator', zeros([...base.shape]));
  const deviation = Math.fround(deviationOf(base));
  const part = assemble([delta], base, (kernel) => tf.add(kernel, tf.mul(delta.variable, deviation)));
  return {
    ...part,
    exportTensors: () => [[delta.name, scaled(valueOf(delta), deviation)]],
    adopt: (tensors) => adoptScaled(delta, tensors, deviation),
  };
}

function createWhole({ node, base }: KernelParts): KernelModulator {
  const kernel = parameter(`${node.id}/kernel`, 'base', base);
  return {
    parameters: [kernel],
    statistics: new Map(),
    kernel: () => kernel.variable,
    exportTensors: () => [[kernel.name, valueOf(kernel)]],
    adopt: (tensors) => adoptValues([kernel], tensors),
    dispose: () => kernel.variable.dispose(),
  };
}

function assemble(
  parameters: readonly AdaptationParameter[],
  base: FloatTensor,
  modulate: (kernel: tf.Tensor) => tf.Tensor,
): KernelModulator {
  const frozen = toTensor(base);
  return {
    parameters,
    statistics: new Map(),
    kernel: () => tf.tidy(() => modulate(frozen)),
    exportTensors: () => parameters.map((one) => [one.name, valueOf(one)]),
    adopt: (tensors) => adoptValues(parameters, tensors),
    dispose: () => {
      frozen.dispose();
      for (const { variable } of parameters) variable.dispose();
    },
  };
}

/** By a factor of single precision, each product rounded to it, as on the backend. */
function scaled({ shape, data }: FloatTensor, factor: number): FloatTensor {
  return { shape, data: data.map((value) => value * factor) };
}

/** Takes over what was exported {@link scaled}. */
function adoptScaled(one: AdaptationParameter, tensors: WeightMap, factor: number): void {
  assign(one, scaled(matching(tensors, one.name, one.variable.shape), 1 / factor).data);
}
