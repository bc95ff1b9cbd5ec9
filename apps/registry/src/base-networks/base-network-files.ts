import { AppError } from '@kernelcast/platform';
import { graphSchema, type Graph } from './graph.js';

/** A graph that was taken in is no larger. */
export const MAX_GRAPH_BYTES = 1024 * 1024;

/** Reads a graph that was taken in. @throws AppError `base_network_invalid` naming the first fault */
export const readGraph = (bytes: Uint8Array): Graph => {
  const parsed = graphSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.map(String).join('.') ?? '';
  throw new AppError('base_network_invalid', `graph: ${place}: ${issue?.message ?? 'malformed'}`);
};
