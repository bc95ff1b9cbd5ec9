import { resnet14 } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';
import { BudgetError, InvalidBudgetError, UnknownMethodError } from '../km.errors.js';
import { TINY_GRAPHS } from '../laws/tiny-bases.fixture.js';
import { compactPlan } from '../plan/compact-plan.js';
import type { Budget, ModulatorPlan, PlannedKind } from '../plan/plan.types.js';
import { getMethod, methodNames, plan } from './registry.js';

const ofKind = ({ layers }: ModulatorPlan, kind: PlannedKind) => layers.filter((one) => one.kind === kind);
const tiny = (name: string): NetworkGraph => {
  const found = TINY_GRAPHS.find((graph) => graph.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

function budgetErrorOf(graph: NetworkGraph, budget: Budget): BudgetError {
  try {
    plan(graph, budget, 'km');
  } catch (error) {
    if (error instanceof BudgetError) return error;
  }
  throw new Error('the budget was enough');
}

describe('plan of kernel modulation', () => {
  it('spends 1.4 % of ResNet-14 on all of its layers', () => {
    const made = plan(resnet14(), { paramsRatio: 0.014 }, 'km');
    // 1.4 % of 1,320,032 is 18,480.4; 3,328 of it go to 1,664 BatchNorm channels.
    expect(made).toMatchObject({ method: 'km', baseParams: 1_320_032, budgetParams: 18_480 });
    expect(ofKind(made, 'scaleShift').reduce((total, { params }) => total + params, 0)).toBe(3328);
    expect(ofKind(made, 'lowRank')).toHaveLength(17);
    expect(made.totalParams).toBeLessThanOrEqual(18_480);
    // The cheapest next rank costs 35 (the stem, already full) or 64: less than that is left.
    expect(made.totalParams).toBeGreaterThan(18_480 - 64);
  });

  it('gives the rest beyond the common rank to the layers with the most weights per parameter', () => {
    const made = plan(resnet14(), { paramsRatio: 0.014 }, 'km');
    const rankOf = (layer: string) => ofKind(made, 'lowRank').find((one) => one.layer === layer)?.rank;
    expect(rankOf('conv1')).toBe(3);
    expect(rankOf('layer4.0.conv2')).toBe((rankOf('layer4.0.downsample.0') ?? 0) + 1);
  });

  it('trains one factor of each kernel where two do not fit, then drops scales, the widest first', () => {
    // residual: BatchNorms 2·8, biases 3; first ranks (3+4) + (4+4) + (4+3) = 22, their shorter sides 3 + 4 + 3 = 10
    const graph = tiny('residual');
    const kindsAt = (params: number) => {
      const made = plan(graph, { bytes: 2 * params }, 'km');
      return ['lowRank', 'oneSided', 'scaleShift', 'shift'].map((kind) => ofKind(made, kind as PlannedKind).length);
    };
    expect(kindsAt(41)).toEqual([3, 0, 2, 0]);
    expect(kindsAt(40)).toEqual([0, 3, 2, 0]);
    expect(kindsAt(29)).toEqual([0, 3, 2, 0]);
    expect(kindsAt(28)).toEqual([0, 3, 1, 1]);
    expect(kindsAt(21)).toEqual([0, 3, 0, 2]);
    expect(budgetErrorOf(graph, { bytes: 2 * 20 })).toMatchObject({ code: 'budget_unreachable', smallestBytes: 42 });
  });

  it('drops scales that a depthwise convolution makes redundant before anything else', () => {
    // depthwise: BatchNorms 2·(4 + 8 + 5); first ranks (3+4) + (8+9) + (8+5) = 37. Only stem.bn feeds a depthwise layer.
    const shifts = (params: number) => ofKind(plan(tiny('depthwise'), { bytes: 2 * params }, 'km'), 'shift');
    expect(shifts(71)).toEqual([]);
    expect(shifts(70)).toEqual([{ layer: 'stem.bn', kind: 'shift', params: 4, sent: 4 }]);
  });

  it('turns to the full grid where two factors of a depthwise kernel would be as large', () => {
    // depthwise 3x3 on 4 channels, multiplier 2: a rank costs 8 + 9 = 17, the grid 72; five ranks would be 85
    const layersAt = (bytes: number) => plan(tiny('depthwise'), { bytes }, 'km').layers;
    const depth = (bytes: number) => layersAt(bytes).find(({ layer }) => layer === 'depth');
    expect(depth(10_000)).toEqual({ layer: 'depth', kind: 'grid', params: 72, sent: 72 });
    expect(depth(150)).toEqual({ layer: 'depth', kind: 'lowRank', rank: 1, params: 17, sent: 17 });
  });

  it('lists the layers in the order of the graph, and again compactly', () => {
    const made = plan(tiny('strided'), { bytes: 10_000 }, 'km');
    expect(made.layers.map(({ layer, kind }) => `${layer} ${kind}`)).toEqual([
      'stem lowRank',
      'stem.bn scaleShift',
      'mix lowRank',
      'mix bias',
    ]);
    expect(compactPlan(made)).toEqual({ budget: 5000, params: 21 + 8 + 36 + 5, layers: ['r3', 'n', 'r4', 'b'] });
  });
});

describe('methods', () => {
  it('plans nothing for the head alone', () => {
    expect(plan(resnet14(), { paramsRatio: 0.014 }, 'head')).toMatchObject({ totalParams: 0, layers: [] });
  });

  it('refuses a name it does not know', () => {
    expect(methodNames()).toEqual(['km', 'head', 'bias', 'bn', 'lora-conv', 'full']);
    expect(() => getMethod('magic')).toThrow(UnknownMethodError);
    expect(() => plan(resnet14(), { paramsRatio: 0.014 }, 'constructor')).toThrow(
      expect.objectContaining({ code: 'method_unknown' }),
    );
  });

  it.each([0, -1, NaN, Infinity])('refuses a budget of %p', (amount) => {
    expect(() => plan(resnet14(), { paramsRatio: amount }, 'km')).toThrow(InvalidBudgetError);
    expect(() => plan(resnet14(), { bytes: amount }, 'head')).toThrow(InvalidBudgetError);
  });
});
