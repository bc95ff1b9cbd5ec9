import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Method } from '@kernelcast/contracts';
import { countParameters, graphSchema } from '../base-networks/graph.js';
import { smallestModulation } from './budget.js';

interface Sizes {
  readonly name: string;
  readonly parameters: number;
  readonly smallest: Readonly<Record<Method, number>>;
  readonly layers: readonly (readonly [string, ...number[]])[];
}

/** Written and kept true by apps/e2e, which may import the planners. */
const FILE = path.resolve(import.meta.dirname, '../testing/modulation-sizes.json');
const ARCHITECTURES = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Sizes[];

describe.each(ARCHITECTURES)('of $name', ({ parameters, smallest, layers }) => {
  const graph = graphSchema.parse({
    format: 'kernelcast.graph/1',
    name: 'sizes',
    input: { height: 32, width: 32 },
    nodes: layers.map((layer, i) => ({ id: `layer${i}`, ...nodeOf(layer) })),
    featureSize: 1,
  });

  it('the parameters are those of the trainers', () => {
    expect(countParameters(graph)).toBe(parameters);
  });

  it.each(Object.entries(smallest) as [Method, number][])(
    'the smallest modulator of %s is their planner’s',
    (method, least) => {
      expect(smallestModulation(method, graph)).toBe(least);
    },
  );
});

function nodeOf([kind, ...sizes]: Sizes['layers'][number]): object {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = sizes;
  switch (kind) {
    case 'c':
      return { op: 'conv2d', kernelSize: [a, b], inChannels: c, filters: d, groups: e, useBias: f === 1 };
    case 'd':
      return { op: 'depthwiseConv2d', kernelSize: [a, b], inChannels: c, multiplier: d, useBias: e === 1 };
    case 'f':
      return { op: 'dense', inFeatures: a, units: b, useBias: c === 1 };
    default:
      return { op: 'batchNorm', channels: a };
  }
}
