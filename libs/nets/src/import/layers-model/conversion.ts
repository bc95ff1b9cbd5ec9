import { elementCount } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import type { z } from 'zod';
import { BaseNetworkError } from '../../base/base-network.error.js';
import type { BaseNetworkFault } from '../../base/base-network.error.js';
import type { GraphNode, Padding } from '../../graph/graph.types.js';
import { GRAPH_INPUT } from '../../graph/shapes.js';
import type { NodeShape } from '../../graph/shapes.js';
import type { KerasLayer } from './layers-model.schema.js';

/** What a Keras layer yields, in terms of the graph. */
export interface Value {
  /** The node that computes it. */
  readonly id: string;
  /** The node's output. */
  readonly shape: NodeShape;
  /** Whether Keras sees `[1, 1, c]` where the node yields `[c]`. */
  readonly picture: boolean;
  /** Zeros that Keras has laid round it, which its readers take over. */
  readonly padding?: Padding;
  /** Whether no number in it is negative. */
  readonly nonNegative?: boolean;
  /** Whether a softmax has been applied, which belongs to a head. */
  readonly softmax?: boolean;
}

/** Identifiers a graph refuses. */
const RESERVED_IDS: readonly string[] = [GRAPH_INPUT, 'head', 'golden', 'int8'];
const LONGEST_ID = 120;

/** A graph in the making, and the weights that have no layer yet. */
export class Conversion {
  readonly nodes: GraphNode[] = [];
  readonly weights = new Map<string, FloatTensor>();
  private readonly ids = new Set<string>(RESERVED_IDS);

  constructor(private readonly remaining: Map<string, FloatTensor>) {}

  /** An id for a layer's node: its name as far as graphs allow it, made unique. */
  nameNode(layer: string): string {
    const base = layer.replaceAll(/[^A-Za-z0-9_.-]/g, '_').replace(/^[.-]/, '_');
    let id = base.slice(0, LONGEST_ID);
    for (let copy = 1; this.ids.has(id); copy++) id = `${base.slice(0, LONGEST_ID)}_${copy}`;
    this.ids.add(id);
    return id;
  }

  add(node: GraphNode): string {
    this.nodes.push(node);
    return node.id;
  }

  /** Gives a weight of a layer to a node, in the shape that the node has for it. */
  assign(target: string, tensor: FloatTensor, shape: readonly number[] = tensor.shape): void {
    this.weights.set(target, { shape: [...shape], data: tensor.data });
  }

  /**
   * Takes `<layer>/<parameter>`, which must have `shape`.
   * @throws {BaseNetworkError} when it is missing or another shape.
   */
  take(layer: KerasLayer, parameter: string, shape: readonly number[]): FloatTensor {
    const name = `${layer.config.name}/${parameter}`;
    const tensor = this.remaining.get(name);
    if (tensor === undefined) return fail(layer, `weight '${name}' is missing`, 'missing_tensor');
    if (String(tensor.shape) !== String(shape)) {
      fail(layer, `weight '${name}' is [${tensor.shape}], not [${shape}]`, 'wrong_shape');
    }
    this.remaining.delete(name);
    return tensor;
  }

  /** Shape of a weight of a layer. @throws {BaseNetworkError} when it is missing. */
  shapeOf(layer: KerasLayer, parameter: string): readonly number[] {
    const name = `${layer.config.name}/${parameter}`;
    return this.remaining.get(name)?.shape ?? fail(layer, `weight '${name}' is missing`, 'missing_tensor');
  }

  /** Names of weights that no layer took. */
  get leftOver(): string[] {
    return [...this.remaining.keys()];
  }
}

/** Reads what a converter needs of a layer's configuration. @throws {BaseNetworkError} naming layer and field. */
export function configOf<T>(layer: KerasLayer, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(layer.config);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return fail(layer, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
}

/** The only input of a layer. */
export function onlyInput(layer: KerasLayer, inputs: readonly Value[]): Value {
  const [input, ...others] = inputs;
  if (input === undefined || others.length > 0) return fail(layer, `has ${inputs.length} inputs, not one`);
  return input;
}

/** @throws {BaseNetworkError} when `value` has been padded or made into probabilities. */
export function plain(layer: KerasLayer, value: Value): Value {
  if (value.padding !== undefined) fail(layer, 'reads padding, which only convolutions and windows can take over');
  if (value.softmax) fail(layer, 'reads a softmax, which only the end of a model may be');
  return value;
}

/** `[h, w, c]` of a picture. @throws {BaseNetworkError} when `value` is none. */
export function pictureOf(layer: KerasLayer, { shape }: Value): readonly [number, number, number] {
  return shape.length === 3 ? shape : fail(layer, `needs [h, w, c], gets [${shape}]`);
}

/** Numbers that `value` holds for an image. */
export function sizeOf({ shape }: Value): number {
  return elementCount(shape);
}

/** @throws {BaseNetworkError} naming the layer; most of what is wrong with one is that graphs cannot express it. */
export function fail(layer: KerasLayer, reason: string, fault: BaseNetworkFault = 'unsupported_layer'): never {
  const { name: subject } = layer.config;
  throw new BaseNetworkError(`layer '${subject}' (${layer.class_name}): ${reason}`, { fault, subject });
}
