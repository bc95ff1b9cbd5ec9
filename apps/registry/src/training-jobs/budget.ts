import { DEFAULT_PARAMS_RATIO, type Budget, type Method } from '@kernelcast/contracts';
import { countParameters, isKernelNode, outputsOf, type Graph, type KernelNode } from '../base-networks/graph.js';

/** A byte budget counts half-precision numbers, whatever encoding is chosen later. */
export const BYTES_PER_PARAMETER = 2;
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
 * Trained parameters, head excluded, of the smallest modulator that a method can make. `km` and `lora-conv` spend a
 * budget, and their planners can reach no less; the others have this one size on a base. The trainers' planners in
 * `libs/km` decide; these are the same sums without them, so that an order can be refused before it waits for one.
 */
export const smallestModulation = (method: Method, graph: Graph): number => {
  switch (method) {
    case 'head':
      return 0;
    case 'km':
      return sumOver(graph, { norm: 1, kernel: shorterSide });
    case 'lora-conv':
    case 'bias':
      return sumOver(graph, { norm: 1 });
    case 'bn':
      return sumOver(graph, { norm: 2 });
    case 'full':
      return countParameters(graph);
  }
};

/**
 * The least that few-shot learning takes: two factors for each kernel, the biases, and of each batch normalisation a
 * shift with the task's variance. The scale may be left out where it would be redundant, which takes a depthwise
 * convolution behind it, and where the variance travels for nothing.
 */
export const smallestFewShot = (budget: Budget, graph: Graph): number => {
  const scaleless = budget.bytes === undefined && graph.nodes.some(({ op }) => op === 'depthwiseConv2d');
  return sumOver(graph, { norm: scaleless ? 1 : 2, kernel: bothSides });
};

/** Whether a method keeps to a budget. */
export const isBudgeted = (method: Method): boolean => method === 'km' || method === 'lora-conv';

interface Shares {
  /** Numbers for each channel of a batch normalisation. */
  readonly norm: number;
  readonly kernel?: (node: KernelNode) => number;
}

/** All biases, and of kernels and batch normalisations what is given. */
const sumOver = ({ nodes }: Graph, { norm, kernel = () => 0 }: Shares): number =>
  nodes.reduce((sum, node) => {
    if (node.op === 'batchNorm') return sum + norm * node.channels;
    if (!isKernelNode(node)) return sum;
    return sum + kernel(node) + (node.useBias ? outputsOf(node) : 0);
  }, 0);

/** The least a kernel takes: a number for each row or each column of its modulator's matrix, whichever are fewer. */
const shorterSide = (node: KernelNode): number => {
  if (node.op === 'dense') return Math.min(node.units, node.inFeatures);
  if (node.op === 'conv2d') return Math.min(node.filters, node.inChannels / node.groups);
  return Math.min(outputsOf(node), node.kernelSize[0] * node.kernelSize[1]);
};

/** Two factors of rank 1, or of a small depthwise kernel a factor for each weight. */
const bothSides = (node: KernelNode): number => {
  if (node.op === 'dense') return node.units + node.inFeatures;
  if (node.op === 'conv2d') return node.filters + node.inChannels / node.groups;
  const [channels, positions] = [outputsOf(node), node.kernelSize[0] * node.kernelSize[1]];
  return Math.min(channels + positions, channels * positions);
};

/** The `paramsRatio`, rounded up to a millionth, at which `parameters` fit on the base. */
export const smallestRatio = (parameters: number, baseParameters: number): number =>
  Number((Math.ceil(parameters / baseParameters / RATIO_STEP) * RATIO_STEP).toFixed(6));
