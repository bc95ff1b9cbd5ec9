import { DEFAULT_PARAMS_RATIO, type Budget } from '@kernelcast/contracts';
import { isKernelNode, outputsOf, type Graph, type GraphNode, type KernelNode } from '../base-networks/graph.js';

/** A byte budget counts half-precision numbers, whatever encoding is chosen later. */
const BYTES_PER_PARAMETER = 2;
/** Guards `0.014 · n` against falling below a whole number by one rounding of double precision. */
const ROUNDING_SLACK = 1e-9;
/** Step in which the smallest feasible ratio is named. */
const RATIO_STEP = 1e-6;

/** Modulator parameters, head excluded, that a budget allows on a base of `baseParameters`. */
export const budgetParameters = (budget: Budget, baseParameters: number): number =>
  budget.bytes === undefined
    ? Math.floor((budget.paramsRatio ?? DEFAULT_PARAMS_RATIO) * baseParameters + ROUNDING_SLACK)
    : Math.floor(budget.bytes / BYTES_PER_PARAMETER);

/**
 * Parameters of the smallest modulator that method `km` can make: every kernel at its first rank, every bias, and of
 * every batch normalisation only the shift. The trainer's planner can reach no less.
 */
export const smallestKernelModulation = ({ nodes }: Graph): number =>
  nodes.reduce((sum, node) => sum + smallestOf(node), 0);

const smallestOf = (node: GraphNode): number => {
  if (node.op === 'batchNorm') return node.channels;
  if (!isKernelNode(node)) return 0;
  return firstRank(node) + (node.useBias ? outputsOf(node) : 0);
};

/** Rank 1 takes one number per row and column of the modulator's matrix, or the whole grid where that is less. */
const firstRank = (node: KernelNode): number => {
  if (node.op === 'dense') return node.units + node.inFeatures;
  if (node.op === 'conv2d') return node.filters + node.inChannels / node.groups;
  const [rows, columns] = [outputsOf(node), node.kernelSize[0] * node.kernelSize[1]];
  return Math.min(rows + columns, rows * columns);
};

/** The `paramsRatio`, rounded up to a millionth, at which `parameters` fit on the base. */
export const smallestRatio = (parameters: number, baseParameters: number): number =>
  Number((Math.ceil(parameters / baseParameters / RATIO_STEP) * RATIO_STEP).toFixed(6));
