import * as tf from '@tensorflow/tfjs-core';
import type { WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { checkWeights, loadBaseNetwork } from '@kernelcast/nets';
import { evaluateEpisodes } from './evaluate-episodes.js';
import { metaTrain } from './meta-train.js';
import type { CalibrationReport, MetaReport, MetaTrainingOptions, MetaTrainingResult } from './meta.types.js';
import { initialWeights } from './network/initial-weights.js';
import type { MetaVariant } from './network/variants.js';
import { drawnClasses, TINY_GRAPH, tinyOptions } from './tiny-episodes.fixture.js';

const VARIANTS: readonly MetaVariant[] = ['km', 'bn', 'head', 'all'];
const valuesOf = (tensors: WeightMap) => [...tensors].map(([name, { data }]) => [name, [...data]]);
const learnedOf = ({ base, start }: MetaTrainingResult) => [base.digest, valuesOf(start.factors), [...start.rates]];

/** Runs until `iteration` outer steps are done, then stops it as a shutdown would; gives the last checkpoint. */
async function interrupted(iteration: number, options: MetaTrainingOptions): Promise<Uint8Array> {
  const controller = new AbortController();
  const reason = new Error('shutting down');
  let last: Uint8Array | undefined;
  const stopped = metaTrain({
    ...options,
    signal: controller.signal,
    onIteration: (report) => (report.iteration === iteration ? controller.abort(reason) : undefined),
    onCheckpoint: (bytes) => void (last = bytes),
  });
  await expect(stopped).rejects.toBe(reason);
  if (last === undefined) throw new Error('no checkpoint');
  return last;
}

async function accuracyAfter(options: MetaTrainingOptions): Promise<number> {
  const { base, start } = await metaTrain(options);
  const shape = { ways: 6, shots: 1, queries: 5 };
  const unseen = { classes: drawnClasses(12, 8, 99), shape, episodes: 60, seed: 3 };
  const accuracies = await evaluateEpisodes({ base, start, ...unseen });
  return accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length;
}

beforeAll(() => initBackend({ force: 'wasm' }));

describe.each(VARIANTS)('metaTrain of variant %s', (variant) => {
  it('learns to learn signs that it has never seen', async () => {
    const hyperparameters = { tasksPerIteration: 4, outerRate: 0.01, shots: [1] };
    const untrained = { ...hyperparameters, iterations: 1, outerRate: 1e-9, rateLearning: 0 };
    const before = await accuracyAfter(tinyOptions({ variant, hyperparameters: untrained }));
    const after = await accuracyAfter(
      tinyOptions({ variant, hyperparameters: { ...hyperparameters, iterations: 40 } }),
    );
    // Random features go far on such signs. Of 1,800 answers, the standard error is one point; a seventh is four.
    expect(1 - after).toBeLessThan(0.85 * (1 - before));
  });
});

describe.each(['fomaml', 'reptile'] as const)('metaTrain by %s', (algorithm) => {
  it('lowers the loss of tasks after adaptation', async () => {
    const reports: MetaReport[] = [];
    const hyperparameters = { iterations: 40, tasksPerIteration: 4, outerRate: 0.01, shots: [1] };
    await metaTrain(tinyOptions({ algorithm, hyperparameters, onIteration: (report) => void reports.push(report) }));
    const mean = (part: MetaReport[]) => part.reduce((sum, { loss }) => sum + loss, 0) / part.length;
    expect(mean(reports.slice(-15))).toBeLessThan(0.85 * mean(reports.slice(0, 15)));
  });

  it('repeats bit for bit, and differs by seed', async () => {
    const [first, again, other] = [
      await metaTrain(tinyOptions({ algorithm })),
      await metaTrain(tinyOptions({ algorithm })),
      await metaTrain(tinyOptions({ algorithm, seed: 6 })),
    ];
    expect(learnedOf(again)).toEqual(learnedOf(first));
    expect(learnedOf(other)).not.toEqual(learnedOf(first));
  });

  it('continues from a checkpoint as if it had never stopped', async () => {
    const whole: MetaReport[] = [];
    const rest: MetaReport[] = [];
    const expected = await metaTrain(tinyOptions({ algorithm, onIteration: (report) => void whole.push(report) }));
    const checkpoint = await interrupted(4, tinyOptions({ algorithm }));
    const later = await interrupted(7, tinyOptions({ algorithm, checkpoint }));
    const resumed = await metaTrain(tinyOptions({ algorithm, checkpoint: later, onIteration: (report) => void rest.push(report) })); // prettier-ignore
    expect(learnedOf(resumed)).toEqual(learnedOf(expected));
    const curve = (reports: MetaReport[]) => reports.map(({ iteration, loss, smoothedLoss }) => [iteration, loss, smoothedLoss]); // prettier-ignore
    expect(curve(rest)).toEqual(curve(whole.slice(7)));
  });

  it('leaks no tensor, finished or interrupted', async () => {
    const before = tf.memory().numTensors;
    await metaTrain(tinyOptions({ algorithm }));
    await interrupted(3, tinyOptions({ algorithm }));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('metaTrain', () => {
  it('gives a base network that loads from its files under its digest', async () => {
    const { base, weightsFile } = await metaTrain(tinyOptions());
    checkWeights(base.graph, base.weights);
    const loaded = await loadBaseNetwork(new TextEncoder().encode(JSON.stringify(base.graph)), weightsFile);
    expect(loaded.digest).toBe(base.digest);
    expect(loaded.weights).toEqual(base.weights);
  });

  it('hands over checkpoints by steps, by time, and at the end', async () => {
    const savedWith = async (changes: Partial<MetaTrainingOptions>) => {
      const steps: number[] = [];
      await metaTrain(tinyOptions({ ...changes, onCheckpoint: (_, step) => void steps.push(step) }));
      return steps;
    };
    expect(await savedWith({})).toEqual([12]);
    expect(await savedWith({ checkpointEvery: 5 })).toEqual([5, 10, 12]);
    expect(await savedWith({ checkpointEveryMs: 0, hyperparameters: { iterations: 3 } })).toEqual([1, 2, 3]);
  });

  it('learns the inner rates, unless told to keep them, and Reptile keeps them', async () => {
    const rates = async (changes: Partial<MetaTrainingOptions>) =>
      new Set((await metaTrain(tinyOptions(changes))).start.rates.values());
    const innerRates = { kernel: 0.1, modulator: 0.1, norm: 0.1, head: 0.1 };
    expect((await rates({ hyperparameters: { innerRates } })).size).toBeGreaterThan(5);
    for (const kept of [
      await rates({ hyperparameters: { innerRates, rateLearning: 0, calibrationEpisodes: 0 } }),
      await rates({ hyperparameters: { innerRates, calibrationEpisodes: 0 }, algorithm: 'reptile' }),
    ]) {
      expect([...kept].map((rate) => expect(rate).toBeCloseTo(0.1, 6))).toHaveLength(1);
    }
  });

  it('brings rates down that are too high to answer well by', async () => {
    const high = { innerRates: { kernel: 20, modulator: 20, norm: 20, head: 20 }, rateLearning: 0, iterations: 1, shots: [1] }; // prettier-ignore
    const [wild, tamed] = [0, 20].map((calibrationEpisodes) => tinyOptions({ variant: 'all', hyperparameters: { ...high, calibrationEpisodes } })) as [MetaTrainingOptions, MetaTrainingOptions]; // prettier-ignore
    const told: (CalibrationReport | 'trained')[] = [];
    const onCalibrate = (report: CalibrationReport): void => void told.push(report);
    const { rates } = (await metaTrain({ ...tamed, onTrained: () => void told.push('trained'), onCalibrate })).start;
    expect(told).toHaveLength(6);
    expect(told[0]).toBe('trained');
    expect(told[1]).toMatchObject({ factor: 1, tried: 1, factors: 5 });
    const factor = (rates.get('head/kernel') ?? NaN) / 20;
    expect(factor).toBeLessThan(1);
    for (const rate of rates.values()) expect(rate).toBeCloseTo(20 * factor, 5);
    expect(await accuracyAfter(tamed)).toBeGreaterThan(await accuracyAfter(wild));
  });

  it('starts from the weights it is given, which it never writes to', async () => {
    const weights = initialWeights(TINY_GRAPH, 77);
    const hyperparameters = { iterations: 1, outerRate: 1e-6 };
    const { base } = await metaTrain(tinyOptions({ weights, hyperparameters }));
    base.weights.get('first/kernel')?.data.forEach((value, i) => {
      expect(value).toBeCloseTo(weights.get('first/kernel')?.data[i] ?? NaN, 4);
    });
    expect(valuesOf(weights)).toEqual(valuesOf(initialWeights(TINY_GRAPH, 77)));
  });

  it('stops when the loss is no number', async () => {
    const weights = new Map(initialWeights(TINY_GRAPH, 1));
    weights.set('first/kernel', { shape: [3, 3, 3, 8], data: new Float32Array(216).fill(3e38) });
    await expect(metaTrain(tinyOptions({ weights }))).rejects.toMatchObject({ code: 'training_diverged', step: 1 });
  });

  it.each<[string, Partial<MetaTrainingOptions>]>([
    ['another seed', { seed: 6 }],
    ['another variant', { variant: 'bn' }],
    ['another algorithm', { algorithm: 'reptile' }],
    ['other images', { classes: drawnClasses(20, 10, 2) }],
    ['other hyperparameters', { hyperparameters: { iterations: 13 } }],
    ['given weights', { weights: initialWeights(TINY_GRAPH, 1) }],
  ])('refuses a checkpoint of a run with %s', async (_, changes) => {
    const checkpoint = await interrupted(1, tinyOptions());
    await expect(metaTrain(tinyOptions({ ...changes, checkpoint }))).rejects.toMatchObject({
      code: 'checkpoint_invalid',
    });
  });

  it.each<[string, Partial<MetaTrainingOptions>, string]>([
    ['too few classes', { classes: drawnClasses(2, 10, 1) }, 'episode_invalid'],
    ['too few drawings', { classes: drawnClasses(20, 4, 1) }, 'episode_invalid'],
    ['no inner step', { hyperparameters: { innerSteps: 0 } }, 'hyperparameters_invalid'],
    ['a rate below zero', { hyperparameters: { outerRate: -1 } }, 'hyperparameters_invalid'],
    ['half an episode to calibrate by', { hyperparameters: { calibrationEpisodes: 0.5 } }, 'hyperparameters_invalid'],
    ['no shots', { hyperparameters: { shots: [] } }, 'hyperparameters_invalid'],
  ])('refuses %s', async (_, changes, code) => {
    await expect(metaTrain(tinyOptions(changes))).rejects.toMatchObject({ code });
  });
});
