import * as tf from '@tensorflow/tfjs-core';
import type { WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { TINY_GRAPHS, tinyBase } from '../laws/tiny-bases.fixture.js';
import type { BatchObservation } from '../modulators/backbone.types.js';
import { createAdaptation, methodNames } from './registry.js';

const valuesOf = (weights: WeightMap) => [...weights].map(([name, { data }]) => [name, [...data]]);

beforeAll(() => initBackend({ force: 'wasm' }));

const cases = methodNames().flatMap((method) => TINY_GRAPHS.map((graph) => ({ method, graph, name: graph.name })));

describe.each(cases)('an observer of $method on the $name graph', ({ method, graph }) => {
  const base = tinyBase(graph, 11);
  const create = () => createAdaptation(base, { method, budget: { paramsRatio: 0.6 }, classes: 3, seed: 5 });
  const { height, width, channels } = base.graph.input;

  it('takes the statistics of a training pass, which moves none until they are followed', () => {
    const [watched, plain] = [create(), create()];
    const before = valuesOf(watched.state());
    let seen: readonly BatchObservation[] = [];
    tf.tidy(() => {
      const x = tf.randomNormal<tf.Rank.R4>([4, height, width, channels], 0, 1, 'float32', 3);
      const logits = watched.forward(x, 'train', (observations) => (seen = observations));
      expect([...logits.dataSync()]).toEqual([...plain.forward(x, 'train').dataSync()]);
    });
    expect(valuesOf(watched.state())).toEqual(before);
    watched.follow(seen);
    expect(valuesOf(watched.state())).toEqual(valuesOf(plain.state()));
    watched.dispose();
    plain.dispose();
  });
});
