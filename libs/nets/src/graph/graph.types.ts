/** `[top, bottom]` and `[left, right]` zero padding in pixels, explicit because frameworks disagree on "same". */
export type Padding = readonly [readonly [number, number], readonly [number, number]];
/** `[vertical, horizontal]` distance in pixels between two taps of a kernel. */
export type Dilations = readonly [number, number];
export type Activation = 'none' | 'relu' | 'relu6';

interface NodeBase {
  /** Layer name, unique in the graph; parameter tensors are named `<id>/<parameter>`. */
  readonly id: string;
}

/** Convolution, NHWC. Kernel `<id>/kernel` `[kh, kw, cin / groups, filters]`, bias `<id>/bias` `[filters]`. */
export interface Conv2dNode extends NodeBase {
  readonly op: 'conv2d';
  readonly input: string;
  readonly kernelSize: readonly [number, number];
  readonly inChannels: number;
  readonly filters: number;
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  /** Steps between the kernel's taps; absent when `[1, 1]`, so that a graph has one spelling. */
  readonly dilations?: Dilations | undefined;
  readonly groups: number;
  readonly useBias: boolean;
}

/** Depthwise convolution, NHWC. Kernel `<id>/kernel` `[kh, kw, c, multiplier]`. */
export interface DepthwiseConv2dNode extends NodeBase {
  readonly op: 'depthwiseConv2d';
  readonly input: string;
  readonly kernelSize: readonly [number, number];
  readonly inChannels: number;
  readonly multiplier: number;
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  /** As a convolution's. */
  readonly dilations?: Dilations | undefined;
  readonly useBias: boolean;
}

/** Batch normalisation over the last axis with its activation fused. Parameters `<id>/{gamma,beta,mean,variance}` `[channels]`. */
export interface BatchNormNode extends NodeBase {
  readonly op: 'batchNorm';
  readonly input: string;
  readonly channels: number;
  readonly epsilon: number;
  readonly activation: Activation;
}

/** Dense layer inside the base. Kernel `<id>/kernel` `[inFeatures, units]`, bias `<id>/bias` `[units]`. */
export interface DenseNode extends NodeBase {
  readonly op: 'dense';
  readonly input: string;
  readonly inFeatures: number;
  readonly units: number;
  readonly useBias: boolean;
}

export interface ActivationNode extends NodeBase {
  readonly op: 'activation';
  readonly input: string;
  readonly activation: Exclude<Activation, 'none'>;
}

/** Element-wise sum of two equal shapes, optionally followed by an activation (the end of a residual block). */
export interface AddNode extends NodeBase {
  readonly op: 'add';
  readonly inputs: readonly [string, string];
  readonly activation: Activation;
}

/** Maximum of each window, NHWC; padding never wins: it counts as minus infinity. */
export interface MaxPoolNode extends NodeBase {
  readonly op: 'maxPool';
  readonly input: string;
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;
}

/** Mean of each window, NHWC. */
export interface AveragePoolNode extends NodeBase {
  readonly op: 'averagePool';
  readonly input: string;
  readonly poolSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: Padding;
  /** Whether padding counts as zeros (PyTorch's default) or the mean is over real pixels only (TensorFlow). */
  readonly countPadding: boolean;
}

/** `[n, h, w, c]` to `[n, h · w · c]`, row by row, channels last. */
export interface FlattenNode extends NodeBase {
  readonly op: 'flatten';
  readonly input: string;
}

/** Mean over height and width: `[n, h, w, c]` to `[n, c]`. */
export interface GlobalAveragePoolNode extends NodeBase {
  readonly op: 'globalAveragePool';
  readonly input: string;
}

export type GraphNode =
  | Conv2dNode
  | DepthwiseConv2dNode
  | BatchNormNode
  | DenseNode
  | ActivationNode
  | AddNode
  | MaxPoolNode
  | AveragePoolNode
  | GlobalAveragePoolNode
  | FlattenNode;

/** What a base network expects of an image: uint8 RGB scaled to [0, 1], then `(x - mean) / std` per channel. */
export interface InputSpec {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * A base network's graph without its weights: nodes in topological order, the first of which read `'input'`.
 * The last node yields the features `[batch, featureSize]` on which a task's head works.
 */
export interface NetworkGraph {
  readonly format: 'kernelcast.graph/1';
  readonly name: string;
  readonly input: InputSpec;
  readonly nodes: readonly GraphNode[];
  readonly featureSize: number;
}
