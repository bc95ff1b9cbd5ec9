import type { NetworkGraph } from '@kernelcast/nets';
import { layersOf, wholeKernel } from '../../plan/layers.js';
import type { PlannedLayer } from '../../plan/plan.types.js';

/** Every parameter of the network. */
export function planFull(graph: NetworkGraph): PlannedLayer[] {
  return layersOf(graph, { kernel: wholeKernel, bias: () => 'wholeBias', norm: () => 'norm' });
}
