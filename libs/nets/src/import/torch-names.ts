import type { NetworkGraph } from '../graph/graph.types.js';
import { parameterSpecs } from '../graph/parameters.js';
import { timmMobileNetV2Module } from './timm-mobilenet-v2.js';

/** Name of the module whose parameters a node takes. */
type ModuleName = (id: string) => string;

/** Modules are called as nodes are, unless a library has names of its own for a family. */
const NAMINGS: readonly ModuleName[] = [(id) => id, timmMobileNetV2Module];

/** Classifiers: of ResNets, of torchvision's MobileNetV2, of timm's mobile networks. */
const HEAD_MODULES = ['fc', 'classifier.1', 'classifier'] as const;

/** The naming by which a state dict has the graph's first kernel; the graph's own when none fits. */
export function findNaming(graph: NetworkGraph, names: ReadonlyMap<string, unknown>): ModuleName {
  const [first] = parameterSpecs(graph);
  const own: ModuleName = (id) => id;
  return NAMINGS.find((moduleOf) => first !== undefined && names.has(`${moduleOf(first.layer)}.weight`)) ?? own;
}

/** The classifier's module in a state dict, if it has one. */
export function findHeadModule(names: ReadonlyMap<string, unknown>): string | undefined {
  return HEAD_MODULES.find((module) => names.has(`${module}.weight`));
}
