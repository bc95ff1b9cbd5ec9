import { parameterSpecs } from '@kernelcast/nets';
import type { NetworkGraph, ParameterKind } from '@kernelcast/nets';
import { plan } from '@kernelcast/km';
import type { Budget, ModulatorPlan, PlannedKind } from '@kernelcast/km';
import { HyperparameterError } from '../../training.errors.js';

/**
 * What the inner loop adapts, always with the head: `km` the modulators, BatchNorm and biases; `bn` BatchNorm and
 * biases; `head` nothing else (ANIL: Raghu et al. 2020, arXiv 1909.09157); `all` every weight (MAML: Finn et al. 2017,
 * arXiv 1703.03400). The outer loop learns the whole base under each.
 */
export type MetaVariant = 'km' | 'head' | 'bn' | 'all';

export const HEAD_PARAMETERS = ['head/kernel', 'head/bias'] as const;

/** Kinds of parameters that share an initial inner rate. */
export type RateGroup = 'kernel' | 'modulator' | 'norm' | 'head';

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Which parameters take part in meta-learning, by name, and how. */
export interface MetaLayout {
  readonly variant: MetaVariant;
  /** Modulators of variant `km`; undefined for the others. */
  readonly plan: ModulatorPlan | undefined;
  /** Learned by the outer loop: all trainable parameters of the base and the modulators' B. */
  readonly learned: readonly ParameterShape[];
  /** At zero whenever a task begins, so that a task begins at the base itself: the modulators' A and grids. */
  readonly zeros: readonly ParameterShape[];
  /** Adapted by the inner loop, with its rate's group; the head's two come last. */
  readonly adapted: ReadonlyMap<string, RateGroup>;
}

/**
 * @param budget - of the modulators; used by variant `km` alone.
 * @throws {BudgetError | InvalidBudgetError} as the planner does.
 * @throws {HyperparameterError} when the budget leaves a BatchNorm without its variance, as the task's statistics, on
 * which few-shot learning rests, could then not be folded; or a kernel without one of its two factors.
 */
export function layOut(graph: NetworkGraph, variant: MetaVariant, budget: Budget): MetaLayout {
  const base = parameterSpecs(graph).filter(({ trainable }) => trainable);
  const modulators = variant === 'km' ? plan(graph, budget, 'km') : undefined;
  if (modulators) assertStatistics(graph, modulators);
  const factors = modulators ? factorShapes(graph, modulators) : { zeros: [], learned: [] };
  const adapted = new Map<string, RateGroup>();
  for (const { name, layer, kind } of base) {
    const group = groupOf(kind);
    const chosen = modulators ? isPlanned(modulators, layer, kind) : variant === 'all' || (variant === 'bn' && group === 'norm'); // prettier-ignore
    if (chosen) adapted.set(name, group);
  }
  for (const { name } of [...factors.zeros, ...factors.learned]) adapted.set(name, 'modulator');
  for (const name of HEAD_PARAMETERS) adapted.set(name, 'head');
  return { variant, plan: modulators, learned: [...base, ...factors.learned], zeros: factors.zeros, adapted };
}

function groupOf(kind: ParameterKind): RateGroup {
  return kind === 'conv2d' || kind === 'depthwiseConv2d' || kind === 'dense' ? 'kernel' : 'norm';
}

/** Whether kernel modulation adapts a parameter of the base as it is; kernels it multiplies. */
function isPlanned({ layers }: ModulatorPlan, layer: string, kind: ParameterKind): boolean {
  const kinds = layers.filter((one) => one.layer === layer).map((one) => one.kind);
  const by: Partial<Record<ParameterKind, readonly PlannedKind[]>> = {
    gamma: ['scaleShift'],
    beta: ['scaleShift', 'beta'],
    bias: ['bias'],
  };
  return kinds.some((one) => by[kind]?.includes(one));
}

function assertStatistics(graph: NetworkGraph, { layers, budgetParams }: ModulatorPlan): void {
  const known: readonly PlannedKind[] = ['lowRank', 'grid', 'bias', 'scaleShift', 'beta'];
  const whole = new Set(layers.filter(({ kind }) => known.includes(kind)).map(({ layer }) => layer));
  const missing =
    graph.nodes.find(({ op, id }) => op === 'batchNorm' && !whole.has(id)) ??
    layers.find(({ kind }) => !known.includes(kind));
  if (missing) {
    const layer = 'id' in missing ? missing.id : missing.layer;
    throw new HyperparameterError(`a budget of ${budgetParams} parameters is too small to adapt '${layer}' few-shot`);
  }
}

interface FactorShapes {
  readonly zeros: ParameterShape[];
  readonly learned: ParameterShape[];
}

function factorShapes(graph: NetworkGraph, { layers }: ModulatorPlan): FactorShapes {
  const kernels = new Map(
    parameterSpecs(graph)
      .filter(({ name }) => name.endsWith('/kernel'))
      .map((spec) => [spec.layer, spec]),
  );
  const zeros: ParameterShape[] = [];
  const learned: ParameterShape[] = [];
  for (const { layer, kind, rank = 1 } of layers) {
    const kernel = kernels.get(layer);
    if (kernel === undefined) continue;
    if (kind === 'grid') zeros.push({ name: `${layer}/grid`, shape: kernel.shape });
    if (kind !== 'lowRank') continue;
    const [rows, columns] = sidesOf(kernel);
    zeros.push({ name: `${layer}/A`, shape: [rows, rank] });
    learned.push({ name: `${layer}/B`, shape: [rank, columns] });
  }
  return { zeros, learned };
}

/** Rows and columns of a kernel's modulation, as docs/formats/modulator.md lists them. */
function sidesOf({ kind, shape }: { readonly kind: string; readonly shape: readonly number[] }): [number, number] {
  const [first = 1, second = 1, third = 1, fourth = 1] = shape;
  if (kind === 'dense') return [second, first];
  return kind === 'depthwiseConv2d' ? [third * fourth, first * second] : [fourth, third];
}
