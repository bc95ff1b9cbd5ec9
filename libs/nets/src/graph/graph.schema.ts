import * as z from 'zod/mini';
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

const size = (maximum: number) => z.int().check(z.gte(1), z.lte(maximum));
const channels = size(GRAPH_LIMITS.channels);
const pad = z.int().check(z.gte(0), z.lte(GRAPH_LIMITS.kernelSide));
const id = z.string().check(
  z.maxLength(GRAPH_LIMITS.idCharacters),
  z.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/),
  z.refine((text) => !RESERVED_IDS.includes(text), { error: 'is a reserved name' }),
);
const pair = (item: z.ZodMiniType<number>) => z.tuple([item, item]);
const side = size(GRAPH_LIMITS.kernelSide);

const padding = z.tuple([pair(pad), pair(pad)]);

const convolution = {
  id,
  input: id,
  kernelSize: pair(side),
  inChannels: channels,
  strides: pair(side),
  padding,
  dilations: z.optional(
    pair(side).check(
      z.refine(([vertical, horizontal]) => vertical > 1 || horizontal > 1, { error: 'are left out when [1, 1]' }),
    ),
  ),
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
    epsilon: z.number().check(z.gt(0), z.lte(1)),
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
  name: z.string().check(z.minLength(1), z.maxLength(GRAPH_LIMITS.idCharacters)),
  input: z
    .strictObject({
      height: size(GRAPH_LIMITS.imageSide),
      width: size(GRAPH_LIMITS.imageSide),
      // The input pipeline yields RGB; greyscale images are expanded to it.
      channels: z.literal(3),
      mean: z.array(z.number().check(z.gte(0), z.lte(1))),
      std: z.array(z.number().check(z.gt(0), z.lte(1))),
    })
    .check(
      z.refine((spec) => spec.mean.length === spec.channels && spec.std.length === spec.channels, {
        error: 'mean and std must hold one number per channel',
      }),
    ),
  nodes: z.array(node).check(z.minLength(1), z.maxLength(GRAPH_LIMITS.nodes)),
  featureSize: channels,
});

/** The small build of zod has no texts of its own, so that devices need not carry them. */
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return issue.message;
  const detail = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.message;
  return `${issue.code.replaceAll('_', ' ')}: ${detail}`;
}

/**
 * Checks a parsed JSON value against the graph format: fields, bounds, and that the nodes fit each other.
 * @throws {BaseNetworkError} naming the first fault.
 */
export function parseGraph(value: unknown): NetworkGraph {
  const parsed = graphSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BaseNetworkError(`graph: ${issue?.path.join('.') ?? ''}: ${issue ? describe(issue) : 'malformed'}`);
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
