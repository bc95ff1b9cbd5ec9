import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decodeWeights, HEAD_BIAS, HEAD_KERNEL } from '@kernelcast/artifact';
import { BaseNetworkError } from '../../base/base-network.error.js';
import { loadBaseNetwork } from '../../base/base-network.js';
import type { BaseNetwork } from '../../base/base-network.js';
import type { Head } from '../../inference/runner.js';

/** A base network that comes with the product. */
export interface BuiltinBaseNetwork {
  readonly name: string;
  readonly base: BaseNetwork;
  /** The files as they are, for storing and sending. */
  readonly graphJson: Uint8Array;
  readonly weights: Uint8Array;
  /** The classifier it was pretrained with, and its classes. */
  readonly head: Head & { readonly labels: readonly string[] };
}

/** Files of a base network's folder. */
export const BASE_NETWORK_FILES = {
  graph: 'graph.json',
  weights: 'weights.safetensors',
  head: 'head.safetensors',
} as const;

/** The same from `src/` and from `dist/`, which lie equally deep. */
const ASSETS = new URL('../../../../../assets/base-networks/', import.meta.url);

/** Names of the base networks that come with the product, sorted. */
export async function builtinBaseNetworks(): Promise<string[]> {
  const entries = await readdir(fileURLToPath(ASSETS), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * Loads a base network that comes with the product.
 * @throws {BaseNetworkError} when none has this name or its files are damaged.
 */
export async function loadBuiltinBaseNetwork(name: string): Promise<BuiltinBaseNetwork> {
  const known = await builtinBaseNetworks();
  if (!known.includes(name)) throw new BaseNetworkError(`unknown '${name}'; built in: ${known.join(', ')}`);
  const read = (file: string): Promise<Uint8Array> => readFile(new URL(`${encodeURIComponent(name)}/${file}`, ASSETS));
  const [graphJson, weights, head] = await Promise.all([
    read(BASE_NETWORK_FILES.graph),
    read(BASE_NETWORK_FILES.weights),
    read(BASE_NETWORK_FILES.head),
  ]);
  return { name, base: await loadBaseNetwork(graphJson, weights), graphJson, weights, head: readHead(head) };
}

function readHead(bytes: Uint8Array): BuiltinBaseNetwork['head'] {
  try {
    return decodeHead(bytes);
  } catch (cause) {
    if (cause instanceof BaseNetworkError) throw cause;
    throw new BaseNetworkError('head: unreadable', { cause });
  }
}

function decodeHead(bytes: Uint8Array): BuiltinBaseNetwork['head'] {
  const { weights, metadata } = decodeWeights(bytes);
  const kernel = weights.get(HEAD_KERNEL);
  const bias = weights.get(HEAD_BIAS);
  if (kernel === undefined || bias === undefined) throw new BaseNetworkError('head: kernel or bias is missing');
  const labels: unknown = JSON.parse(metadata['labels'] ?? '[]');
  if (!Array.isArray(labels) || labels.length !== bias.data.length) {
    throw new BaseNetworkError('head: not one label per class');
  }
  return { kernel, bias, labels: labels.map(String) };
}
