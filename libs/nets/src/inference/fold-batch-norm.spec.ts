import { aBatchNorm, aConv, aDepthwiseConv, aGraph, aPool } from '../testing/graph.factory.js';
import type { GraphNode } from '../graph/graph.types.js';
import { parseGraph } from '../graph/graph.schema.js';
import { foldBatchNorm } from './fold-batch-norm.js';

const vector = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
/** Standard deviations 1 and 2 with the epsilon 0.25 of the nodes. */
const NORM = {
  'bn/gamma': vector(3, 4),
  'bn/beta': vector(10, 20),
  'bn/mean': vector(1, 2),
  'bn/variance': vector(0.75, 3.75),
};

function fold(nodes: readonly GraphNode[], weights: Record<string, ReturnType<typeof vector>>) {
  const network = { graph: aGraph(nodes, 2), weights: new Map(Object.entries(weights)) };
  const folded = foldBatchNorm(network);
  parseGraph(folded.graph);
  return folded;
}

describe('foldBatchNorm', () => {
  const kernel = { shape: [1, 1, 3, 2], data: Float32Array.of(1, 1, 2, 2, 3, 3) };

  it('multiplies each filter and turns the shift into a bias', () => {
    const { graph, weights } = fold([aConv(), aBatchNorm(), aPool('bn')], { 'conv/kernel': kernel, ...NORM });
    // Scales 3 / 1 and 4 / 2; biases 10 - 1 · 3 and 20 - 2 · 2.
    expect([...weights.keys()].sort()).toEqual(['conv/bias', 'conv/kernel']);
    expect([...(weights.get('conv/kernel')?.data ?? [])]).toEqual([3, 2, 6, 4, 9, 6]);
    expect([...(weights.get('conv/bias')?.data ?? [])]).toEqual([7, 16]);
    expect(graph.nodes).toEqual([aConv({ useBias: true }), aPool('conv')]);
    expect([...kernel.data]).toEqual([1, 1, 2, 2, 3, 3]);
  });

  it('scales a bias that was there', () => {
    const weights = { 'conv/kernel': kernel, 'conv/bias': vector(5, 6), ...NORM };
    const folded = fold([aConv({ useBias: true }), aBatchNorm(), aPool('bn')], weights);
    expect([...(folded.weights.get('conv/bias')?.data ?? [])]).toEqual([10 + (5 - 1) * 3, 20 + (6 - 2) * 2]);
  });

  it("keeps the activation under the BatchNorm's name, for whoever reads it", () => {
    const nodes = [aConv(), aBatchNorm({ activation: 'relu' }), aPool('bn')];
    const { graph } = fold(nodes, { 'conv/kernel': kernel, ...NORM });
    expect(graph.nodes[1]).toEqual({ id: 'bn', op: 'activation', input: 'conv', activation: 'relu' });
  });

  it('scales a depthwise kernel by output channel, multiplier last', () => {
    const narrow = aConv({ id: 'narrow', filters: 1 });
    const depthwise = aDepthwiseConv({ input: 'narrow', inChannels: 1, multiplier: 2, kernelSize: [2, 1] });
    const { weights } = fold([narrow, depthwise, aBatchNorm({ input: 'depthwise' }), aPool('bn')], {
      'narrow/kernel': { shape: [1, 1, 3, 1], data: Float32Array.of(1, 1, 1) },
      'depthwise/kernel': { shape: [2, 1, 1, 2], data: Float32Array.of(1, 1, 10, 10) },
      ...NORM,
    });
    expect([...(weights.get('depthwise/kernel')?.data ?? [])]).toEqual([3, 2, 30, 20]);
  });

  it('leaves windows and flattening where they are, on what now bears the name', () => {
    const window = { poolSize: [2, 2], strides: [1, 1], padding: aConv().padding } as const;
    const nodes: GraphNode[] = [
      aConv(),
      aBatchNorm(),
      { id: 'max', op: 'maxPool', input: 'bn', ...window },
      { id: 'flat', op: 'flatten', input: 'max' },
    ];
    const { graph } = fold(nodes, { 'conv/kernel': kernel, ...NORM });
    expect(graph.nodes.slice(1)).toEqual([{ ...nodes[2], input: 'conv' }, nodes[3]]);
  });

  it('leaves a BatchNorm whose convolution somebody else reads', () => {
    const sum: GraphNode = { id: 'sum', op: 'add', inputs: ['conv', 'bn'], activation: 'none' };
    const nodes = [aConv(), aBatchNorm(), sum, aPool('sum')];
    const folded = fold(nodes, { 'conv/kernel': kernel, ...NORM });
    expect(folded.graph.nodes).toEqual(nodes);
    expect(folded.weights.get('conv/kernel')).toBe(kernel);
  });
});
