import { BaseNetworkError } from '../base/base-network.error.js';
import type { NetworkGraph } from '../graph/graph.types.js';
import { resnet14 } from './resnet14.js';

const ARCHITECTURES: ReadonlyMap<string, () => NetworkGraph> = new Map([['resnet14', resnet14]]);

/** Names that {@link buildArchitecture} knows. */
export function architectureNames(): string[] {
  return [...ARCHITECTURES.keys()];
}

/**
 * The graph of a known architecture.
 * @throws {BaseNetworkError} when no architecture has this name.
 */
export function buildArchitecture(name: string): NetworkGraph {
  const build = ARCHITECTURES.get(name);
  if (build === undefined) {
    throw new BaseNetworkError(`unknown architecture '${name}'; known: ${architectureNames().join(', ')}`);
  }
  return build();
}
