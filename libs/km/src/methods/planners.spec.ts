import fc from 'fast-check';
import { architectureNames, buildArchitecture, countParameters } from '@kernelcast/nets';
import type { GraphNode, NetworkGraph } from '@kernelcast/nets';
import { BudgetError } from '../km.errors.js';
import type { Budget } from '../plan/plan.types.js';
import { kernelLevels } from '../plan/kernel-levels.js';
import { isKernelNode } from '../plan/layers.js';
import { getMethod, methodNames, plan } from './registry.js';

const BUDGETED = methodNames().filter((name) => getMethod(name).budgeted);
const padding = [[0, 0], [0, 0]] as const; // prettier-ignore

/** A layer and what follows it. */
interface Block {
  readonly op: 'conv2d' | 'grouped' | 'depthwiseConv2d';
  readonly filters: number;
  readonly side: number;
  readonly useBias: boolean;
  readonly norm: boolean;
}

const block: fc.Arbitrary<Block> = fc.record({
  op: fc.constantFrom('conv2d', 'grouped', 'depthwiseConv2d'),
  filters: fc.integer({ min: 1, max: 12 }).map((half) => 2 * half),
  side: fc.constantFrom(1, 3),
  useBias: fc.boolean(),
  norm: fc.boolean(),
});

/** Chains of layers of any kind: all that a planner looks at. */
const networks = fc
  .tuple(fc.array(block, { minLength: 1, maxLength: 6 }), fc.option(fc.integer({ min: 1, max: 9 })))
  .map(([blocks, units]) => chain(blocks, units));

function chain(blocks: readonly Block[], units: number | null): NetworkGraph {
  const nodes: GraphNode[] = [];
  let [input, channels] = ['input', 4];
  blocks.forEach((one, i) => {
    nodes.push(layer(one, `l${i}`, input, channels));
    if (one.op !== 'depthwiseConv2d') channels = one.filters;
    input = `l${i}`;
    if (!one.norm) return;
    nodes.push({ id: `n${i}`, op: 'batchNorm', input, channels, epsilon: 1e-3, activation: 'relu' });
    input = `n${i}`;
  });
  nodes.push({ id: 'pool', op: 'globalAveragePool', input });
  if (units !== null) nodes.push({ id: 'out', op: 'dense', input: 'pool', inFeatures: channels, units, useBias: true });
  const images = { height: 8, width: 8, channels: 4, mean: [0, 0, 0, 0], std: [1, 1, 1, 1] };
  return { format: 'kernelcast.graph/1', name: 'chain', input: images, nodes, featureSize: units ?? channels };
}

function layer({ op, filters, side, useBias }: Block, id: string, input: string, inChannels: number): GraphNode {
  const common = { id, input, inChannels, kernelSize: [side, side], strides: [1, 1], padding, useBias } as const;
  if (op === 'depthwiseConv2d') return { ...common, op, multiplier: 1 };
  return { ...common, op: 'conv2d', filters, groups: op === 'grouped' ? 2 : 1 };
}

/** Any budget from nothing to more than a method can spend, in parameters. */
const shares = fc.double({ min: 0, max: 2.5, noNaN: true });
const bytesFor = (graph: NetworkGraph, share: number) => 2 * Math.max(1, Math.floor(share * countParameters(graph)));

function attempt(graph: NetworkGraph, budget: Budget, method: string) {
  try {
    return plan(graph, budget, method);
  } catch (error) {
    if (error instanceof BudgetError) return error;
    throw error;
  }
}

describe.each(BUDGETED)('any plan of %s', (method) => {
  it('keeps to a budget in bytes by what it sends, the same every time', () => {
    fc.assert(
      fc.property(networks, shares, (graph, share) => {
        const bytes = bytesFor(graph, share);
        const made = attempt(graph, { bytes }, method);
        if (made instanceof BudgetError) return;
        expect(2 * made.sentParams).toBeLessThanOrEqual(bytes);
        expect(made.totalParams).toBe(made.sentParams);
        expect(plan(graph, { bytes }, method)).toEqual(made);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps to a share of the base by what it trains, and sends no more than variances beside', () => {
    fc.assert(
      fc.property(networks, shares, (graph, share) => {
        const paramsRatio = Math.max(share, 1e-6);
        const made = attempt(graph, { paramsRatio }, method);
        if (made instanceof BudgetError) return;
        expect(made.totalParams).toBeLessThanOrEqual(paramsRatio * countParameters(graph) + 1e-6);
        const variances = made.layers
          .filter(({ kind }) => kind === 'beta')
          .reduce((sum, { params }) => sum + params, 0);
        expect(made.sentParams - variances).toBe(made.totalParams);
      }),
      { numRuns: 300 },
    );
  });

  it('spends no less of a larger budget', () => {
    fc.assert(
      fc.property(networks, shares, fc.nat(60), (graph, share, more) => {
        const bytes = bytesFor(graph, share);
        const less = attempt(graph, { bytes }, method);
        const larger = attempt(graph, { bytes: bytes + 2 * more }, method);
        if (less instanceof BudgetError) return;
        expect(larger).not.toBeInstanceOf(BudgetError);
        expect('totalParams' in larger && larger.totalParams).toBeGreaterThanOrEqual(less.totalParams);
      }),
      { numRuns: 300 },
    );
  });

  it('fails naming the smallest budget, which is enough, and one parameter less is not', () => {
    fc.assert(
      fc.property(networks, (graph) => {
        const failed = attempt(graph, { bytes: 2 }, method);
        if (!(failed instanceof BudgetError)) return;
        const { smallestBytes, smallestRatio } = failed;
        expect(2 * plan(graph, { bytes: smallestBytes }, method).totalParams).toBe(smallestBytes);
        expect(() => plan(graph, { bytes: smallestBytes - 2 }, method)).toThrow(BudgetError);
        expect(() => plan(graph, { paramsRatio: smallestRatio }, method)).not.toThrow();
      }),
      { numRuns: 200 },
    );
  });
});

describe('any plan of km', () => {
  it('adapts every kernel, bias and BatchNorm, however little it may spend', () => {
    fc.assert(
      fc.property(networks, shares, (graph, share) => {
        const made = attempt(graph, { bytes: bytesFor(graph, share) }, 'km');
        if (made instanceof BudgetError) return;
        const adapted = graph.nodes.flatMap((node) => {
          if (node.op === 'batchNorm') return [node.id];
          return isKernelNode(node) ? [node.id, ...(node.useBias ? [node.id] : [])] : [];
        });
        expect(made.layers.map(({ layer: id }) => id)).toEqual(adapted);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves no room for one more rank', () => {
    fc.assert(
      fc.property(networks, shares, (graph, share) => {
        const made = attempt(graph, { bytes: bytesFor(graph, share) }, 'km');
        if (made instanceof BudgetError) return;
        const rest = made.budgetParams - made.totalParams;
        for (const node of graph.nodes.filter(isKernelNode)) {
          const entry = made.layers.find(({ layer: id, kind }) => id === node.id && kind !== 'bias');
          if (entry?.kind !== 'lowRank') continue;
          const next = kernelLevels(node)[entry.rank ?? 0];
          if (next) expect(next.params - entry.params).toBeGreaterThan(rest);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(architectureNames())('%s at 1.4 %', (name) => {
  const graph = buildArchitecture(name);

  it.each(BUDGETED)('is adapted by %s within the budget and nearly all of it', (method) => {
    const made = plan(graph, { paramsRatio: 0.014 }, method);
    expect(made.totalParams).toBeLessThanOrEqual(0.014 * made.baseParams);
    expect(made.totalParams).toBeGreaterThan(0.95 * 0.014 * made.baseParams);
  });

  it('is adapted by km in every layer, and sends no more than it trains', () => {
    const made = plan(graph, { paramsRatio: 0.014 }, 'km');
    const kernels = made.layers.filter(({ kind }) => ['lowRank', 'oneSided', 'grid'].includes(kind));
    expect(kernels).toHaveLength(graph.nodes.filter(isKernelNode).length);
    expect(plan(graph, { bytes: 2 * made.budgetParams }, 'km').sentParams).toBeLessThanOrEqual(made.budgetParams);
  });
});
