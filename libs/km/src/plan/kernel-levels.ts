import type { KernelNode } from '@kernelcast/nets';

/** One size of a kernel's modulator. */
export interface KernelLevel {
  readonly kind: 'lowRank' | 'grid';
  readonly rank?: number;
  readonly params: number;
}

/** `[rows, columns]` of the modulator's matrix: A is `[rows, r]`, B is `[r, columns]`. */
export function modulatorSides(node: KernelNode): readonly [number, number] {
  switch (node.op) {
    case 'conv2d':
      return [node.filters, node.inChannels / node.groups];
    case 'dense':
      return [node.units, node.inFeatures];
    case 'depthwiseConv2d':
      return [node.inChannels * node.multiplier, node.kernelSize[0] * node.kernelSize[1]];
  }
}

/** Number of weights in a layer's kernel. */
export function kernelWeights(node: KernelNode): number {
  const [rows, columns] = modulatorSides(node);
  return node.op === 'conv2d' ? rows * columns * node.kernelSize[0] * node.kernelSize[1] : rows * columns;
}

/**
 * The sizes a kernel's modulator can have, ascending: ranks up to the smaller side of its matrix, beyond which a
 * rank adds nothing. For a depthwise kernel that matrix is the kernel itself, so where two factors would be as large
 * as it, the full grid ends the list.
 */
export function kernelLevels(node: KernelNode): readonly KernelLevel[] {
  const [rows, columns] = modulatorSides(node);
  const full = node.op === 'depthwiseConv2d' ? rows * columns : Infinity;
  const levels: KernelLevel[] = [];
  for (let rank = 1; rank <= Math.min(rows, columns); rank++) {
    const params = rank * (rows + columns);
    if (params >= full) return [...levels, { kind: 'grid', params: full }];
    levels.push({ kind: 'lowRank', rank, params });
  }
  return levels;
}
