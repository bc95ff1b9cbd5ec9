import type { FloatTensor } from '@kernelcast/artifact';
import type { Activation, AveragePoolNode, BatchNormNode, Conv2dNode, DenseNode, DepthwiseConv2dNode, GraphNode, MaxPoolNode, Padding } from '../graph/graph.types.js'; // prettier-ignore
import { GRAPH_INPUT, inputsOf, UNDILATED } from '../graph/shapes.js';
import { foldBatchNorm } from '../inference/fold-batch-norm.js';
import type { Network } from '../inference/fold-batch-norm.js';
import type { Head } from '../inference/runner.js';
import { writeOnnx } from './onnx-model.js';
import type { AttributeValue, OnnxNode } from './onnx-model.js';

/** Names of what goes in, `[N, h, w, c]` normalised, and comes out, `[N, classes]`. */
export const ONNX_INPUT = 'images';
export const ONNX_OUTPUT = 'logits';

const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_CHANNELS_LAST = [0, 2, 3, 1];
/** What a Clip needs for relu6. */
const [ZERO, SIX] = ['relu6/minimum', 'relu6/maximum'];

/**
 * A network with its head as an ONNX model (operator set 13) that any ONNX runtime serves: input `images`, float32
 * `[N, h, w, c]` as `(x / 255 - mean) / std`; output `logits` `[N, classes]`. BatchNorm is folded into convolutions
 * where it can be. Inside, images have their channels first, as ONNX demands.
 */
export function exportOnnx(network: Network, { kernel, bias }: Head): Uint8Array {
  const { graph, weights } = foldBatchNorm(network);
  const writer = new Writer(weights);
  writer.add('Transpose', [ONNX_INPUT], GRAPH_INPUT, { perm: TO_CHANNELS_FIRST });
  for (const node of graph.nodes) writer.node(node);
  const head = [writer.constant('head/kernel', kernel), writer.constant('head/bias', bias)];
  writer.add('Gemm', [graph.nodes.at(-1)?.id ?? GRAPH_INPUT, ...head], ONNX_OUTPUT);
  const { height, width, channels } = graph.input;
  return writeOnnx({
    name: graph.name,
    nodes: writer.nodes,
    constants: writer.constants,
    input: { name: ONNX_INPUT, shape: ['N', height, width, channels] },
    output: { name: ONNX_OUTPUT, shape: ['N', bias.data.length] },
  });
}

class Writer {
  readonly nodes: OnnxNode[] = [];
  readonly constants = new Map<string, FloatTensor>();

  constructor(private readonly weights: ReadonlyMap<string, FloatTensor>) {}

  add(op: string, inputs: readonly string[], output: string, attributes?: Record<string, AttributeValue>): void {
    this.nodes.push({ op, inputs, output, ...(attributes && { attributes }) });
  }

  constant(name: string, tensor: FloatTensor): string {
    this.constants.set(name, tensor);
    return name;
  }

  node(node: GraphNode): void {
    const [input = GRAPH_INPUT, other = input] = inputsOf(node);
    switch (node.op) {
      case 'conv2d':
      case 'depthwiseConv2d':
        return this.convolution(node);
      case 'batchNorm':
        return this.batchNorm(node);
      case 'dense':
        return this.add('Gemm', [input, ...this.parameters(node)], node.id);
      case 'activation':
        return this.activation(input, node.activation, node.id);
      case 'add':
        return this.activated(node, (output) => this.add('Add', [input, other], output));
      case 'maxPool':
        return this.add('MaxPool', [input], node.id, windowOf(node));
      case 'averagePool':
        return this.add('AveragePool', [input], node.id, {
          ...windowOf(node),
          count_include_pad: Number(node.countPadding),
        });
      case 'globalAveragePool':
        this.add('GlobalAveragePool', [input], `${node.id}/pooled`);
        return this.add('Flatten', [`${node.id}/pooled`], node.id, { axis: 1 });
      case 'flatten':
        this.add('Transpose', [input], `${node.id}/channels-last`, { perm: TO_CHANNELS_LAST });
        return this.add('Flatten', [`${node.id}/channels-last`], node.id, { axis: 1 });
    }
  }

  private convolution(node: Conv2dNode | DepthwiseConv2dNode): void {
    const [kernel = '', ...bias] = this.parameters(node);
    const name = this.constant(kernel, toFiltersFirst(this.take(kernel), node));
    this.add('Conv', [node.input, name, ...bias], node.id, {
      kernel_shape: node.kernelSize,
      strides: node.strides,
      pads: padsOf(node.padding),
      dilations: node.dilations ?? UNDILATED,
      group: node.op === 'conv2d' ? node.groups : node.inChannels,
    });
  }

  private batchNorm(node: BatchNormNode): void {
    const names = ['gamma', 'beta', 'mean', 'variance'].map((role) => `${node.id}/${role}`);
    const parameters = names.map((name) => this.constant(name, this.take(name)));
    this.activated(node, (output) =>
      this.add('BatchNormalization', [node.input, ...parameters], output, { epsilon: { float: node.epsilon } }),
    );
  }

  /** Lets `compute` write a node's output, or what its activation reads. */
  private activated(
    { id, activation }: { id: string; activation: Activation },
    compute: (output: string) => void,
  ): void {
    if (activation === 'none') return compute(id);
    compute(`${id}/linear`);
    this.activation(`${id}/linear`, activation, id);
  }

  private activation(input: string, activation: Exclude<Activation, 'none'>, output: string): void {
    if (activation === 'relu') return this.add('Relu', [input], output);
    const scalar = (value: number): FloatTensor => ({ shape: [], data: Float32Array.of(value) });
    this.add('Clip', [input, this.constant(ZERO, scalar(0)), this.constant(SIX, scalar(6))], output);
  }

  /** Names of a layer's kernel and, where it has one, its bias. */
  private parameters(node: Conv2dNode | DepthwiseConv2dNode | DenseNode): string[] {
    const names = node.useBias ? [`${node.id}/kernel`, `${node.id}/bias`] : [`${node.id}/kernel`];
    return names.map((name) => this.constant(name, this.take(name)));
  }

  private take(name: string): FloatTensor {
    const tensor = this.weights.get(name);
    if (tensor === undefined) throw new Error(`No tensor '${name}'`);
    return tensor;
  }
}

const padsOf = ([[top, bottom], [left, right]]: Padding): number[] => [top, left, bottom, right];

function windowOf({ poolSize, strides, padding }: MaxPoolNode | AveragePoolNode): Record<string, AttributeValue> {
  return { kernel_shape: poolSize, strides, pads: padsOf(padding) };
}

/**
 * A convolution's kernel as ONNX has it, `[filters, channels of a group, kh, kw]`: from `[kh, kw, cin / groups, filters]`,
 * or from a depthwise `[kh, kw, c, multiplier]`, whose filter `c · multiplier + m` reads channel `c` alone.
 */
function toFiltersFirst({ shape, data }: FloatTensor, node: Conv2dNode | DepthwiseConv2dNode): FloatTensor {
  const [height = 0, width = 0, third = 0, last = 0] = shape;
  const [filters, depth] = node.op === 'conv2d' ? [last, third] : [third * last, 1];
  const taps = height * width;
  const moved = new Float32Array(data.length);
  for (let tap = 0; tap < taps; tap++) {
    for (let channel = 0; channel < depth; channel++) {
      for (let filter = 0; filter < filters; filter++) {
        moved[(filter * depth + channel) * taps + tap] = data[(tap * depth + channel) * filters + filter] ?? NaN;
      }
    }
  }
  return { shape: [filters, depth, height, width], data: moved };
}
