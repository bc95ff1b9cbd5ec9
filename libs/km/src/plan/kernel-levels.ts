import type { KernelNode } from '@kernelcast/nets';
import type { PlannedKind } from './plan.types.js';

/** One size of a kernel's modulator. */
export interface KernelLevel {
  readonly kind: Extract<PlannedKind, 'lowRank' | 'oneSided' | 'grid' | 'delta' | 'deltaGrid' | 'kernel'>;
  readonly rank?: number;
  readonly params: number;
}

/** `[rows, columns]` of a modulator's matrix: A is `[rows, r]`, B is `[r, columns]`. */
export type Sides = readonly [rows: number, columns: number];

/** Sides of the factor `1 + A·B`: an output channel by an input channel, all positions of a kernel alike. */
export function modulatorSides(node: KernelNode): Sides {
  switch (node.op) {
    case 'conv2d':
      return [node.filters, node.inChannels / node.groups];
    case 'dense':
      return [node.units, node.inFeatures];
    case 'depthwiseConv2d':
      return [node.inChannels * node.multiplier, node.kernelSize[0] * node.kernelSize[1]];
  }
}

/** Sides of the addend `A·B`: an output channel by the weights that it has, the kernel's last axis by all others. */
export function deltaSides(node: KernelNode): Sides {
  const [rows, columns] = modulatorSides(node);
  return node.op === 'conv2d' ? [rows, columns * node.kernelSize[0] * node.kernelSize[1]] : [rows, columns];
}

/** Number of weights in a layer's kernel. */
export function kernelWeights(node: KernelNode): number {
  const [rows, columns] = deltaSides(node);
  return rows * columns;
}

/**
 * The sizes a kernel's modulator can have, ascending: ranks up to the smaller side of its matrix, beyond which a
 * rank adds nothing. For a depthwise kernel that matrix is the kernel itself, so where two factors would be as large
 * as it, the full grid ends the list.
 */
export function kernelLevels(node: KernelNode): readonly KernelLevel[] {
  const sides = modulatorSides(node);
  return levels(sides, 'lowRank', node.op === 'depthwiseConv2d' ? 'grid' : undefined);
}

/**
 * The sizes of a kernel's modulator of which only the factor of the shorter side is trained, the other being signs.
 * As many ranks as the longer side reach every matrix; a rank more adds nothing.
 */
export function oneSidedLevels(node: KernelNode): readonly KernelLevel[] {
  const [rows, columns] = modulatorSides(node);
  const shorter = Math.min(rows, columns);
  return Array.from({ length: Math.max(rows, columns) }, (_, i) => ({
    kind: 'oneSided',
    rank: i + 1,
    params: (i + 1) * shorter,
  }));
}

/** The sizes of a kernel's addend, ascending, as {@link kernelLevels}; it can always be as large as the kernel. */
export function deltaLevels(node: KernelNode): readonly KernelLevel[] {
  return levels(deltaSides(node), 'delta', 'deltaGrid');
}

function levels(
  [rows, columns]: Sides,
  byRank: 'lowRank' | 'delta',
  whole: 'grid' | 'deltaGrid' | undefined,
): readonly KernelLevel[] {
  const found: KernelLevel[] = [];
  for (let rank = 1; rank <= Math.min(rows, columns); rank++) {
    const params = rank * (rows + columns);
    if (whole && params >= rows * columns) return [...found, { kind: whole, params: rows * columns }];
    found.push({ kind: byRank, rank, params });
  }
  return found;
}
