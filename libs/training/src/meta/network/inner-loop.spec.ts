import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '@kernelcast/compute';
import { normalise } from '@kernelcast/nets';
import type { NetworkGraph, TensorMap } from '@kernelcast/nets';
import { crossEntropy } from '../../loop/loss.js';
import { sampleEpisode } from '../episodes/sample-episode.js';
import { drawnClasses, TINY_GRAPH } from '../tiny-episodes.fixture.js';
import { lossGradients } from './gradients.js';
import { initialWeights } from './initial-weights.js';
import { adapt, zeroHead } from './inner-loop.js';
import { metaFeatures, metaLogits } from './meta-network.js';
import { blank } from './task-parameters.js';
import { layOut } from './variants.js';
import type { MetaVariant } from './variants.js';

const BUDGET = { paramsRatio: 0.1 };
const VARIANTS: readonly MetaVariant[] = ['km', 'bn', 'head', 'all'];
const graph: NetworkGraph = TINY_GRAPH;

/** Parameters as a task begins, the modulators' B drawn. */
function parametersOf(variant: MetaVariant): TensorMap {
  const { zeros, learned } = layOut(graph, variant, BUDGET);
  const weights = initialWeights(graph, 1);
  const factors = blank(learned.filter(({ name }) => name.endsWith('/B')));
  factors.forEach(([, { data }], n) => data.forEach((_, i) => (data[i] = Math.sin(7 * n + 3 * i + 1))));
  const all = [...weights, ...factors, ...blank(zeros)];
  return new Map([
    ...all.map(([name, { shape, data }]): [string, tf.Tensor] => [name, tf.tensor(data, shape)]),
    ...zeroHead(graph.featureSize, 3),
  ]);
}

function supportBatch() {
  const { support } = sampleEpisode(drawnClasses(5, 6, 2), { ways: 3, shots: 2, queries: 1 }, 1);
  return { x: normalise(support.images, support.count, graph.input), labels: support.labels };
}

const ratesOf = (variant: MetaVariant, rate: number) =>
  new Map([...layOut(graph, variant, BUDGET).adapted.keys()].map((name) => [name, rate]));

beforeAll(() => initBackend({ force: 'wasm' }));

describe.each(VARIANTS)('the inner loop of variant %s', (variant) => {
  it('moves what the variant adapts, and nothing else', () => {
    tf.tidy(() => {
      const start = parametersOf(variant);
      const adapted = adapt(graph, start, supportBatch(), { headSteps: 1, steps: 2, rates: ratesOf(variant, 0.05) });
      const changed = [...start].filter(([name, tensor]) => {
        const after = adapted.get(name)?.dataSync();
        return tensor.dataSync().some((value, i) => value !== after?.[i]);
      });
      expect(changed.map(([name]) => name).sort()).toEqual([...ratesOf(variant, 1).keys()].sort());
    });
  });

  it('lowers the loss of the support images', () => {
    tf.tidy(() => {
      const [start, batch] = [parametersOf(variant), supportBatch()];
      const lossOf = (parameters: TensorMap) =>
        crossEntropy(metaLogits(parameters, metaFeatures(graph, parameters, batch.x).features), batch.labels, 0);
      const after = lossOf(
        adapt(graph, start, batch, { headSteps: 2, steps: 3, rates: ratesOf(variant, 0.03) }),
      ).dataSync()[0];
      expect(lossOf(start).dataSync()[0]).toBeCloseTo(Math.log(3), 5);
      expect(after).toBeLessThan(0.9 * Math.log(3));
    });
  });

  it('leaks no tensor', () => {
    const run = () => {
      tf.tidy(() => {
        adapt(graph, parametersOf(variant), supportBatch(), { headSteps: 1, steps: 2, rates: ratesOf(variant, 0.05) });
      });
    };
    run();
    const before = tf.memory().numTensors;
    run();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the inner loop', () => {
  it('takes the first step on the head alone, as plain descent on all would', () => {
    tf.tidy(() => {
      const [start, batch, rates] = [parametersOf('all'), supportBatch(), ratesOf('all', 0.1)];
      const adapted = adapt(graph, start, batch, { headSteps: 1, steps: 0, rates });
      const { gradients } = lossGradients({ graph, parameters: start, names: [...rates.keys()] }, batch);
      for (const [name, gradient] of gradients) {
        const rate = name.startsWith('head/') ? 3 * 0.1 : 0.1;
        const expected = tf.sub(start.get(name) ?? 0, tf.mul(gradient, rate)).dataSync();
        adapted
          .get(name)
          ?.dataSync()
          .forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
      }
    });
  });

  it('gives a head of any number of classes the same step for one class', () => {
    // One image of each class, all alike but for scale: with the rate multiplied by the classes, the true class's
    // column moves by rate · (1 − 1/ways) · features.
    const move = (ways: number) =>
      tf.tidy(() => {
        const start = new Map([...parametersOf('head'), ...zeroHead(graph.featureSize, ways)]);
        const { support } = sampleEpisode(drawnClasses(ways, 2, 4), { ways, shots: 1, queries: 1 }, 1);
        const x = normalise(support.images, ways, graph.input);
        const { features } = metaFeatures(graph, start, x);
        const adapted = adapt(
          graph,
          start,
          { x, labels: support.labels },
          { headSteps: 1, steps: 0, rates: ratesOf('head', 0.1) },
        );
        const scores = tf.matMul(features, adapted.get('head/kernel') as tf.Tensor2D).arraySync() as number[][];
        const products = tf.matMul(features, features, false, true).arraySync() as number[][];
        const others = products[0]?.reduce((sum, value) => sum + value, 0) ?? NaN;
        return [scores[0]?.[0], 0.1 * ((products[0]?.[0] ?? NaN) - others / ways)];
      });
    for (const ways of [2, 3, 6]) {
      const [score, expected] = move(ways);
      expect(score).toBeCloseTo(expected ?? NaN, 3);
    }
  });
});

describe('lossGradients', () => {
  it('is the slope of the loss, for every parameter of a modulated network', () => {
    tf.tidy(() => {
      const batch = supportBatch();
      const start = parametersOf('km');
      const names = [...start.keys()].filter((name) => !/\/(mean|variance)$/.test(name));
      // Away from the zeros of A and the head, where much of the slope vanishes.
      const parameters = new Map(start);
      for (const name of names) {
        const tensor = start.get(name) ?? tf.scalar(0);
        parameters.set(
          name,
          tf.add(tensor, tf.mul(0.1, tf.sin(tf.reshape(tf.range(1, tensor.size + 1), tensor.shape)))),
        );
      }
      const lossAt = (name: string, tensor: tf.Tensor) =>
        lossGradients({ graph, parameters: new Map([...parameters, [name, tensor]]), names: ['head/bias'] }, batch)
          .loss.dataSync()[0] ?? NaN; // prettier-ignore
      const { gradients } = lossGradients({ graph, parameters, names }, batch);
      for (const name of names) {
        const tensor = parameters.get(name) ?? tf.scalar(0);
        const gradient = gradients.get(name) ?? tf.scalar(NaN);
        // Along its own gradient the loss must rise by the gradient's length, within what single precision and the
        // corners of ReLU leave of a difference quotient.
        const length = tf.norm(gradient).dataSync()[0] ?? NaN;
        const step = tf.mul(gradient, 2e-3 / length);
        const slope = (lossAt(name, tf.add(tensor, step)) - lossAt(name, tf.sub(tensor, step))) / 4e-3;
        expect(Math.abs(slope - length)).toBeLessThan(0.03 * length + 2e-4);
      }
    });
  });
});

describe('layOut', () => {
  it('adapts by kernel modulation what the plan says, within the budget', () => {
    const { adapted, plan, zeros, learned } = layOut(graph, 'km', BUDGET);
    expect([...adapted.values()].filter((group) => group === 'norm')).toHaveLength(4);
    expect(zeros.map(({ name }) => name)).toEqual(['first/A', 'second/A']);
    expect(learned.filter(({ name }) => name.endsWith('/B')).map(({ name }) => name)).toEqual(['first/B', 'second/B']);
    expect(plan?.totalParams).toBeLessThanOrEqual(82);
  });

  it('refuses a budget that is too small for the statistics of the task', () => {
    expect(() => layOut(graph, 'km', { paramsRatio: 0.06 })).toThrow(/too small to adapt/);
  });
});
