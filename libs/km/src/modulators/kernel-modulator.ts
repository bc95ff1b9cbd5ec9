import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor } from '@kernelcast/artifact';
import { toTensor } from '@kernelcast/nets';
import type { KernelNode } from '@kernelcast/nets';
import { gridKernel, lowRankKernel } from '../kernels/modulated-kernel.js';
import { modulatorSides } from '../plan/kernel-levels.js';
import type { PlannedLayer } from '../plan/plan.types.js';
import type { AdaptationParameter, Part } from './part.types.js';
import { drawn, parameter, valueOf, zeros } from './tensors.js';

/** A part that turns the base's kernel into the task's. */
export interface KernelModulator extends Part {
  /** `W' = W · (1 + modulation)` in the shape of W; differentiable in the parameters. */
  kernel(): tf.Tensor;
}

/**
 * Modulates one kernel. A starts at zero and B at N(0, 1), so the start is exactly the identity while A's gradient
 * is not zero.
 *
 * @param nextNormal - source of B's initial values
 */
export function createKernelModulator(
  node: KernelNode,
  planned: PlannedLayer,
  base: FloatTensor,
  nextNormal: () => number,
): KernelModulator {
  const name = (role: string) => `${node.id}/${role}`;
  if (planned.kind === 'grid') {
    const grid = parameter(name('grid'), 'modulator', zeros([...base.shape]));
    return assemble([grid], base, (kernel) => gridKernel(kernel, grid.variable));
  }
  const [rows, columns] = modulatorSides(node);
  const rank = planned.rank ?? 1;
  const a = parameter(name('A'), 'modulator', zeros([rows, rank]));
  const b = parameter(name('B'), 'modulator', drawn([rank, columns], nextNormal));
  return assemble([a, b], base, (kernel) =>
    lowRankKernel(node, kernel, a.variable as tf.Tensor2D, b.variable as tf.Tensor2D),
  );
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
    dispose: () => {
      frozen.dispose();
      for (const { variable } of parameters) variable.dispose();
    },
  };
}
