import type { Activation, GraphNode, InputSpec, NetworkGraph, Padding } from '../graph/graph.types.js';
import { samePadding } from '../graph/padding.js';
import { GRAPH_INPUT } from '../graph/shapes.js';

/** What the frameworks disagree on. */
export interface Convention {
  /** `half` the kernel on every edge (PyTorch), or TensorFlow's `same`, which depends on the input's size. */
  readonly padding: 'half' | 'same';
  /** Added to BatchNorm's variances. */
  readonly epsilon: number;
}

const TORCH: Convention = { padding: 'half', epsilon: 1e-5 };
export const TENSORFLOW: Convention = { padding: 'same', epsilon: 1e-3 };

/** A square window. */
interface SquareWindow {
  readonly side: number;
  /** 1 unless given. */
  readonly stride?: number;
}

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Collects the nodes of an architecture, keeping track of sizes. Methods give the id of the node they add. */
export class GraphBuilder {
  private readonly nodes: GraphNode[] = [];
  private readonly sizes: Map<string, Size>;

  constructor(
    private readonly name: string,
    private readonly input: InputSpec,
    private readonly convention: Convention = TORCH,
  ) {
    this.sizes = new Map([[GRAPH_INPUT, input]]);
  }

  /** Channels of a node's output. */
  channelsOf(id: string): number {
    return this.sizeOf(id).channels;
  }

  /** Convolution without bias: a BatchNorm follows. */
  conv(id: string, input: string, window: SquareWindow & { readonly filters: number }): string {
    const size = this.sizeOf(input);
    const { filters } = window;
    const slid = this.slide(size, window);
    const node = { id, op: 'conv2d', input, inChannels: size.channels, filters, groups: 1, useBias: false } as const;
    return this.push({ ...node, kernelSize: slid.window, strides: slid.strides, padding: slid.padding }, slid, filters);
  }

  /** Depthwise convolution without bias, one kernel per channel. */
  depthwise(id: string, input: string, window: SquareWindow): string {
    const size = this.sizeOf(input);
    const slid = this.slide(size, window);
    const node = {
      id,
      op: 'depthwiseConv2d',
      input,
      inChannels: size.channels,
      multiplier: 1,
      useBias: false,
    } as const;
    return this.push({ ...node, kernelSize: slid.window, strides: slid.strides, padding: slid.padding }, slid);
  }

  norm(id: string, input: string, activation: Activation): string {
    const size = this.sizeOf(input);
    const { epsilon } = this.convention;
    return this.push({ id, op: 'batchNorm', input, channels: size.channels, epsilon, activation }, size);
  }

  add(id: string, inputs: readonly [string, string], activation: Activation): string {
    return this.push({ id, op: 'add', inputs, activation }, this.sizeOf(inputs[0]));
  }

  /** Maximum of each window, padded by half of it when `padded`. */
  maxPool(id: string, input: string, window: Required<SquareWindow> & { readonly padded: boolean }): string {
    const size = this.sizeOf(input);
    const slid = this.slide(size, window, window.padded);
    const { strides, padding } = slid;
    return this.push({ id, op: 'maxPool', input, poolSize: slid.window, strides, padding }, slid, size.channels);
  }

  /** The graph whose features are the mean over the last node's picture, or its numbers one by one. */
  build(end: 'globalAveragePool' | 'flatten'): NetworkGraph {
    const [id, input] = [end === 'flatten' ? 'flatten' : 'pool', this.nodes.at(-1)?.id ?? GRAPH_INPUT];
    const { height, width, channels } = this.sizeOf(input);
    return {
      format: 'kernelcast.graph/1',
      name: this.name,
      input: this.input,
      nodes: [...this.nodes, { id, op: end, input }],
      featureSize: end === 'flatten' ? height * width * channels : channels,
    };
  }

  private sizeOf(id: string): Size {
    const size = this.sizes.get(id);
    if (size === undefined) throw new Error(`No node '${id}'`);
    return size;
  }

  private push(node: GraphNode, { height, width, channels }: Size, outputs = channels): string {
    this.nodes.push(node);
    this.sizes.set(node.id, { height, width, channels: outputs });
    return node.id;
  }

  private slide(size: Size, { side, stride = 1 }: SquareWindow, padded = true) {
    const half = Math.floor((side - 1) / 2);
    const along = (pixels: number): readonly [number, number] => {
      if (!padded) return [0, 0];
      return this.convention.padding === 'half' ? [half, half] : samePadding({ side: pixels, size: side, stride });
    };
    const padding: Padding = [along(size.height), along(size.width)];
    const positions = (pixels: number, [before, after]: readonly [number, number]): number =>
      Math.floor((pixels + before + after - side) / stride) + 1;
    return {
      window: [side, side] as const,
      strides: [stride, stride] as const,
      padding,
      height: positions(size.height, padding[0]),
      width: positions(size.width, padding[1]),
      channels: size.channels,
    };
  }
}
