import { canonicalJson, encodeWeights } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { aBatchNorm, aConv, aGraph, aPool } from '../testing/graph.factory.js';
import { BaseNetworkError } from './base-network.error.js';
import { loadBaseNetwork } from './base-network.js';

const graph = aGraph([aConv(), aBatchNorm(), aPool('bn')], 2);
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const vector = (...values: number[]): FloatTensor => ({ shape: [values.length], data: Float32Array.from(values) });

function weights(overrides: Record<string, FloatTensor | undefined> = {}): Uint8Array {
  const all: Record<string, FloatTensor | undefined> = {
    'conv/kernel': { shape: [1, 1, 3, 2], data: Float32Array.of(0.1, -0.2, 0.3, 0.4, 0.5, 0.6) },
    'bn/gamma': vector(1, 1),
    'bn/beta': vector(0, 0),
    'bn/mean': vector(0, 0),
    'bn/variance': vector(1, 1),
    ...overrides,
  };
  const present = Object.entries(all).filter((entry): entry is [string, FloatTensor] => entry[1] !== undefined);
  return encodeWeights(new Map(present), 'f16');
}

describe('loadBaseNetwork', () => {
  it('gives the numbers that half precision holds, not those that were rounded to it', async () => {
    const base = await loadBaseNetwork(json(graph), weights());
    expect(base.graph).toEqual(graph);
    // 0.1 in half precision is 1638.4 / 2^14 rounded to 1638 / 2^14.
    expect(base.weights.get('conv/kernel')?.data[0]).toBe(1638 / 2 ** 14);
  });

  it('has a digest that depends on content alone', async () => {
    const { digest } = await loadBaseNetwork(json(graph), weights());
    const respelt = new TextEncoder().encode(`${canonicalJson(graph)}\n\n`);
    expect((await loadBaseNetwork(respelt, weights())).digest).toBe(digest);
    expect((await loadBaseNetwork(json({ ...graph, name: 'other' }), weights())).digest).not.toBe(digest);
    expect((await loadBaseNetwork(json(graph), weights({ 'bn/beta': vector(0, 1) }))).digest).not.toBe(digest);
  });

  it('keeps the digest from one version to the next', async () => {
    const { digest } = await loadBaseNetwork(json(graph), weights());
    expect(digest).toBe('sha256:643d9db9a28098d84a3d99405838f2a92b9537905fb4fea2096c5427628f71ec');
  });

  it.each([
    ['a missing tensor', { 'bn/beta': undefined }, /'bn\/beta' is missing/],
    ['another shape', { 'bn/beta': vector(0, 0, 0) }, /'bn\/beta' is \[3\], not \[2\]/],
    ['a tensor of no layer', { 'bn/delta': vector(0) }, /no 'bn\/delta'/],
    ['a negative variance', { 'bn/variance': vector(1, -1) }, /'bn\/variance' holds a value out of range/],
  ])('refuses weights with %s', async (_, overrides, message) => {
    await expect(loadBaseNetwork(json(graph), weights(overrides))).rejects.toThrow(message);
    await expect(loadBaseNetwork(json(graph), weights(overrides))).rejects.toMatchObject({
      code: 'base_network_invalid',
    });
  });

  it('refuses weights that are no safetensors, keeping the cause', async () => {
    const error: unknown = await loadBaseNetwork(json(graph), weights().subarray(0, 40)).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BaseNetworkError);
    expect(error).toMatchObject({ cause: { code: 'artifact_invalid' } });
  });

  it('refuses values that are not finite', async () => {
    const bytes = weights();
    bytes.set([0x00, 0x7c], bytes.length - 2); // +infinity in half precision
    await expect(loadBaseNetwork(json(graph), bytes)).rejects.toThrow(BaseNetworkError);
  });
});
