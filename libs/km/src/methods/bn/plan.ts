import type { NetworkGraph } from '@kernelcast/nets';
import { layersOf } from '../../plan/layers.js';
import type { PlannedLayer } from '../../plan/plan.types.js';

/** Every scale and addend of the network, no kernel. */
export function planBatchNorm(graph: NetworkGraph): PlannedLayer[] {
  return layersOf(graph, { bias: () => 'bias', norm: () => 'scaleShift' });
}
