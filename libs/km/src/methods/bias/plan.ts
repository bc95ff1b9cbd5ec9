import type { NetworkGraph } from '@kernelcast/nets';
import { layersOf } from '../../plan/layers.js';
import type { PlannedLayer } from '../../plan/plan.types.js';

/** Every addend of the network. The task's variances come with them, so a scale travels that is not trained. */
export function planBias(graph: NetworkGraph): PlannedLayer[] {
  return layersOf(graph, { bias: () => 'bias', norm: () => 'beta' });
}
