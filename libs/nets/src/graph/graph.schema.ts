import { z } from 'zod';
import { BaseNetworkError } from '../base/base-network.error.js';
import type { NetworkGraph } from './graph.types.js';
import { inferShapes } from './shapes.js';

/** Bounds for graphs of unknown origin: far above any ConvNet for small devices, far below what exhausts memory. */
export const GRAPH_LIMITS = {
  jsonBytes: 1 << 20,
  nodes: 1024,
  channels: 16_384,
  kernelSide: 31,
  imageSide: 2048,
  idCharacters: 128,
} as const;

/** Modulator files use these as the first part of names that belong to no layer. */
const RESERVED_IDS: readonly string[] = ['head', 'golden', 'int8'];

const size = (maximum: number) => z.int().min(1).max(maximum);
const channels = size(GRAPH_LIMITS.channels);
const pad = z.int().min(0).max(GRAPH_LIMITS.kernelSide);
const id = z
  .string()
  .max(GRAPH_LIMITS.idCharacters)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/)
  .refine((text) => !RESERVED_IDS.includes(text), { error: 'is a reserved name' });
const pair = (item: z.ZodType<number>) => z.tuple([item, item]);
const side = size(GRAPH_LIMITS.kernelSide);

const padding = z.tuple([pair(pad), pair(pad)]);

const convolution = {
  id,
  input: id,
  kernelSize: pair(side),
  inChannels: channels,
  strides: pair(side),
  padding,
  dilations: pair(side)
    .refine(([vertical, horizontal]) => vertical > 1 || horizontal > 1, { error: 'are left out when [1, 1]' })
    .optional(),
  useBias: z.boolean(),
};
const pool = { id, input: id, poolSize: pair(side), strides: pair(side), padding };
const activation = z.enum(['none', 'relu', 'relu6']);

const node = z.discriminatedUnion('op', [
  z.strictObject({ ...convolution, op: z.literal('conv2d'), filters: channels, groups: channels }),
  z.strictObject({ ...convolution, op: z.literal('depthwiseConv2d'), multiplier: channels }),
  z.strictObject({
    id,
    op: z.literal('batchNorm'),
    input: id,
    channels,
    epsilon: z.number().positive().max(1),
    activation,
  }),
  z.strictObject({
    id,
    op: z.literal('dense'),
    input: id,
    inFeatures: channels,
    units: channels,
    useBias: z.boolean(),
  }),
  z.strictObject({ id, op: z.literal('activation'), input: id, activation: z.enum(['relu', 'relu6']) }),
  z.strictObject({ id, op: z.literal('add'), inputs: z.tuple([id, id]), activation }),
  z.strictObject({ ...pool, op: z.literal('maxPool') }),
  z.strictObject({ ...pool, op: z.literal('averagePool'), countPadding: z.boolean() }),
  z.strictObject({ id, op: z.enum(['globalAveragePool', 'flatten']), input: id }),
]);

const graphSchema = z.strictObject({
  format: z.literal('kernelcast.graph/1'),
  name: z.string().min(1).max(GRAPH_LIMITS.idCharacters),
  input: z
    .strictObject({
      height: size(GRAPH_LIMITS.imageSide),
      width: size(GRAPH_LIMITS.imageSide),
      // The input pipeline yields RGB; greyscale images are expanded to it.
      channels: z.literal(3),
      mean: z.array(z.number().min(0).max(1)),
      std: z.array(z.number().positive().max(1)),
    })
    .refine((spec) => spec.mean.length === spec.channels && spec.std.length === spec.channels, {
      error: 'mean and std must hold one number per channel',
    }),
  nodes: z.array(node).min(1).max(GRAPH_LIMITS.nodes),
  featureSize: channels,
});

/**
 * Checks a parsed JSON value against the graph format: fields, bounds, and that the nodes fit each other.
 * @throws {BaseNetworkError} naming the first fault.
 */
export function parseGraph(value: unknown): NetworkGraph {
  const parsed = graphSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BaseNetworkError(`graph: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
  }
  const graph: NetworkGraph = parsed.data;
  inferShapes(graph);
  return graph;
}

/**
 * Reads a graph from the bytes of its JSON file.
 * @throws {BaseNetworkError} when it is too long, not UTF-8, not JSON, or not a graph.
 */
export function parseGraphJson(bytes: Uint8Array): NetworkGraph {
  if (bytes.byteLength > GRAPH_LIMITS.jsonBytes) {
    throw new BaseNetworkError(`graph: ${bytes.byteLength} bytes, more than ${GRAPH_LIMITS.jsonBytes}`, {
      fault: 'too_large',
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BaseNetworkError('graph: not JSON', { cause });
  }
  return parseGraph(value);
}
