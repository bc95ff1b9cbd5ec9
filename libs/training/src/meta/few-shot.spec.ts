import * as tf from '@tensorflow/tfjs-core';
import { decodeModulator, encodeWeights } from '@kernelcast/artifact';
import type { ModulatorEncoding, WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { fold, goldenLogits, goldenMatches, headOf } from '@kernelcast/km';
import { createRunner, disposeTensors, normalise } from '@kernelcast/nets';
import { encodeTrainedModulator } from '../artifact.js';
import { evaluate } from '../evaluation/evaluate.js';
import { decodeStart, encodeStart } from './adaptation-start.js';
import { sampleEpisode } from './episodes/sample-episode.js';
import { evaluateEpisodes, evaluateFolded } from './evaluate-episodes.js';
import { fewShot } from './few-shot.js';
import type { FewShotOptions } from './few-shot.js';
import { metaTrain } from './meta-train.js';
import type { MetaTrainingResult } from './meta.types.js';
import { adapt, innerLoop, zeroHead } from './network/inner-loop.js';
import { metaFeatures, metaLogits } from './network/meta-network.js';
import { taskParameters } from './network/task-parameters.js';
import { drawnClasses, tinyOptions } from './tiny-episodes.fixture.js';

const UNSEEN = drawnClasses(12, 8, 99);
let trained: MetaTrainingResult;

const taskOf = (seed: number, ways = 3) => sampleEpisode(UNSEEN, { ways, shots: 3, queries: 5 }, seed);
function optionsOf(seed: number, ways = 3): FewShotOptions {
  const { base, start } = trained;
  const { classes, support } = taskOf(seed, ways);
  return { base, start, labels: classes, support };
}
const valuesOf = (tensors: WeightMap) => [...tensors].map(([name, { data }]) => [name, [...data]]);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

beforeAll(async () => {
  await initBackend({ force: 'wasm' });
  const hyperparameters = { iterations: 40, tasksPerIteration: 4, outerRate: 0.01, shots: [2] };
  trained = await metaTrain(tinyOptions({ hyperparameters }));
});

describe('fewShot', () => {
  it.each([2, 3, 6])('tells %i unseen signs apart after three drawings of each', async (ways) => {
    const accuracies: number[] = [];
    for (let seed = 0; seed < 12; seed++) {
      const { artifactTensors, labels } = await fewShot(optionsOf(seed, ways));
      const images = taskOf(seed, ways).query;
      accuracies.push((await evaluate({ base: trained.base, tensors: artifactTensors, labels, images })).top1);
    }
    expect(mean(accuracies)).toBeGreaterThan(1.5 / ways);
  });

  it('folds to the logits that adaptation ended with', async () => {
    const options = optionsOf(1);
    const { base, start, support } = options;
    const { artifactTensors } = await fewShot(options);
    const runner = createRunner({ graph: base.graph, weights: fold(base, artifactTensors) }, headOf(base.graph, artifactTensors)); // prettier-ignore
    const folded = runner.predict(support.images);
    runner.dispose();
    const parameters = taskParameters(base, start);
    const expected = tf.tidy(() => {
      const x = normalise(support.images, support.count, base.graph.input);
      const complete = new Map([...parameters, ...zeroHead(base.graph.featureSize, 3)]);
      const adapted = adapt(base.graph, complete, { x, labels: support.labels }, innerLoop(start, {}));
      return metaLogits(adapted, metaFeatures(base.graph, adapted, x).features).dataSync<'float32'>();
    });
    disposeTensors(parameters);
    const largest = Math.max(...expected.map(Math.abs));
    // A batch normalises by its biased variance, a device by the unbiased one: of 9 · 9 values, half a percent.
    folded.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(0.03 * largest));
  });

  it.each<ModulatorEncoding>(['f32', 'f16', 'i8'])(
    'gives an ordinary modulator that passes its golden check in %s',
    async (encoding) => {
      const { base } = trained;
      const result = await fewShot(optionsOf(2));
      const bytes = encodeTrainedModulator({ base, result, task: 'signs', encoding, seed: 1, trainedBy: 'spec' });
      const { tensors, method, labels, goldenSeed } = decodeModulator(bytes);
      expect({ method, labels }).toEqual({ method: 'km', labels: result.labels });
      const expected = tensors.get('golden/logits')?.data ?? new Float32Array();
      expect(goldenMatches(goldenLogits(base, tensors, goldenSeed).data, expected, encoding)).toBe(true);
    },
  );

  it('draws no random number: the same images give the same modulator', async () => {
    const [first, again] = [await fewShot(optionsOf(3)), await fewShot(optionsOf(3))];
    expect(valuesOf(again.artifactTensors)).toEqual(valuesOf(first.artifactTensors));
  });

  it('never writes to the base, and leaks no tensor', async () => {
    const before = [tf.memory().numTensors, valuesOf(trained.base.weights)];
    await fewShot(optionsOf(4));
    expect([tf.memory().numTensors, valuesOf(trained.base.weights)]).toEqual(before);
  });

  it('stops with the reason of its signal', async () => {
    const reason = new Error('cancelled');
    await expect(fewShot({ ...optionsOf(1), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('refuses a start of another base, one without modulators, and a class without images', async () => {
    const options = optionsOf(1);
    const { start, labels } = options;
    await expect(fewShot({ ...options, start: { ...start, baseDigest: `sha256:${'0'.repeat(64)}` } })).rejects.toMatchObject({ code: 'start_invalid' }); // prettier-ignore
    await expect(fewShot({ ...options, start: { ...start, variant: 'head' } })).rejects.toMatchObject({ code: 'start_invalid' }); // prettier-ignore
    await expect(fewShot({ ...options, labels: [...labels, 'unicorn'] })).rejects.toMatchObject({ code: 'dataset_invalid' }); // prettier-ignore
  });
});

describe('evaluateFolded', () => {
  it('measures the same episodes as evaluateEpisodes, one image at a time', async () => {
    const { base, start } = trained;
    const options = { base, start, classes: UNSEEN, shape: { ways: 3, shots: 3, queries: 5 }, episodes: 15, seed: 4 };
    const [batched, folded] = [await evaluateEpisodes(options), await evaluateFolded(options)];
    expect([batched.length, folded.length]).toEqual([15, 15]);
    expect(mean(batched)).toBeGreaterThan(0.5);
    expect(mean(folded)).toBeGreaterThan(0.5);
    expect(await evaluateFolded(options)).toEqual(folded);
  });
});

describe('a starting point as a file', () => {
  it('comes back as it was', () => {
    const { base, start } = trained;
    const again = decodeStart(encodeStart(start), base);
    expect({ ...again, factors: valuesOf(again.factors) }).toEqual({ ...start, factors: valuesOf(start.factors) });
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['damaged bytes', (bytes) => bytes.slice(0, -1)],
    ['a file of another format', () => encodeWeights(trained.start.factors, 'f32', { format: 'other' })],
    ['a start without its factors', () => encodeStart({ ...trained.start, factors: new Map() })],
    [
      'a start without a rate',
      () => encodeStart({ ...trained.start, rates: new Map([...trained.start.rates].slice(1)) }),
    ],
    ['a start of another base', () => encodeStart({ ...trained.start, baseDigest: `sha256:${'0'.repeat(64)}` })],
  ])('refuses %s', (_, change) => {
    expect(() => decodeStart(change(encodeStart(trained.start)), trained.base)).toThrow(
      expect.objectContaining({ code: 'start_invalid' }),
    );
  });
});
