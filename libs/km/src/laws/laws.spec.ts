import * as tf from '@tensorflow/tfjs-core';
import { createPrng, decodeModulator, encodeModulator } from '@kernelcast/artifact';
import type { ModulatorEncoding, WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { createRunner } from '@kernelcast/nets';
import type { BaseNetwork, NetworkGraph } from '@kernelcast/nets';
import { headOf } from '../fold/fold-steps.js';
import { fold } from '../fold/fold.js';
import { createResidentBase } from '../fold/resident-base.js';
import { goldenLogits } from '../golden/golden.js';
import type { Adaptation } from '../methods/method.types.js';
import type { BatchObservation } from '../modulators/backbone.types.js';
import { createAdaptation, getMethod, plan } from '../methods/registry.js';
import { compactPlan } from '../plan/compact-plan.js';
import type { Budget } from '../plan/plan.types.js';
import { TINY_GRAPHS, tinyBase } from './tiny-bases.fixture.js';

const CLASSES = 3;
const BATCH = 4;
/** Two orders of summation in single precision, on values of order one. */
const ROUNDING = 2e-5;

/** Of a tensor, relative to its largest value: 11 bits of a half; half a step of 127, whose scale is rounded up. */
const ENCODING_ERROR = { f16: 2 ** -11 * 1.001, i8: (0.5 / 127) * 1.002 } as const;

/** `tight` has no room for the scale of every BatchNorm, `wide` has some for grids and the highest ranks. */
const budgets = (graph: NetworkGraph, method: string): [string, Budget][] => [
  ['tight', { paramsRatio: smallestRatio(graph, method) }],
  ['middling', { paramsRatio: 0.6 }],
  ['wide', { paramsRatio: 3 }],
];

function smallestRatio(graph: NetworkGraph, method: string): number {
  try {
    plan(graph, { paramsRatio: 1e-6 }, method);
  } catch (error) {
    return (error as { smallestRatio: number }).smallestRatio;
  }
  throw new Error('a millionth of the base was enough');
}

const cases = TINY_GRAPHS.flatMap((graph) => [
  ...['km', 'lora-conv'].flatMap((method) =>
    budgets(graph, method).map(([size, budget]) => ({ method, name: graph.name, size, graph, budget })),
  ),
  ...['head', 'bias', 'bn', 'full'].map((method) => ({ method, name: graph.name, size: 'any', graph, budget: { paramsRatio: 0.01 } })), // prettier-ignore
]);

const images = (graph: NetworkGraph, seed: number): tf.Tensor4D => {
  const prng = createPrng(seed);
  const { height, width, channels } = graph.input;
  const values = Float32Array.from({ length: BATCH * height * width * channels }, () => prng.nextNormal());
  return tf.tensor4d(values, [BATCH, height, width, channels]);
};

/** Moves every parameter off its start, so that no law holds for the identity only. */
function disturb(adaptation: Adaptation, seed: number): void {
  const prng = createPrng(seed);
  const state = new Map(adaptation.state());
  for (const [name, { shape, data }] of state) {
    const moved = name.endsWith('/variance') ? data.map((v) => v * (0.7 + prng.nextFloat())) : data.map((v) => v + 0.2 * prng.nextNormal()); // prettier-ignore
    state.set(name, { shape, data: moved });
  }
  adaptation.restore(state);
}

const valuesOf = (weights: WeightMap) => [...weights].map(([name, { data }]) => [name, [...data]]);

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((max, value, i) => Math.max(max, Math.abs(value - (b[i] ?? NaN))), 0);
}

function relativeDistance(found: Float32Array, expected: Float32Array = new Float32Array()): number {
  return largestDifference(found, expected) / expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
}

function runFolded(base: BaseNetwork, tensors: WeightMap, x: tf.Tensor4D): Float32Array {
  const runner = createRunner({ graph: base.graph, weights: fold(base, tensors) }, headOf(base.graph, tensors));
  const logits = runner.predictNormalised(x.dataSync<'float32'>());
  runner.dispose();
  return logits;
}

/** A native build to judge as well, where there is one. */
const NATIVE = process.env['KERNELCAST_NATIVE_DIR'];
if (NATIVE === undefined) describe.skip('on tfjs-node: KERNELCAST_NATIVE_DIR names no native build', () => it('is judged', () => {})); // prettier-ignore
/** Composed from stock operations on cpu, fused kernels on wasm, TensorFlow's own on a native build. */
const BACKENDS = ['cpu', 'wasm', 'tfjs-node'] as const;

describe.each(BACKENDS.filter((name) => name !== 'tfjs-node' || NATIVE !== undefined))('on %s:', (backend) => {
  beforeAll(() => initBackend({ force: backend, native: { folder: NATIVE, threads: 1 } }));

  describe.each(cases)('$method on the $name graph, $size budget', ({ method, graph, budget }) => {
    let base: BaseNetwork;
    let adaptation: Adaptation;
    let x: tf.Tensor4D;

    beforeEach(() => {
      base = tinyBase(graph, 11);
      adaptation = createAdaptation(base, { method, budget, classes: CLASSES, seed: 5 });
      x = images(graph, 21);
    });
    afterEach(() => {
      adaptation.dispose();
      x.dispose();
    });

    const logits = (mode: 'train' | 'eval'): Float32Array =>
      tf.tidy(() => adaptation.forward(x, mode).dataSync<'float32'>().slice());

    it('starts as the base, bit for bit', () => {
      const runner = createRunner(base);
      const expected = runner.predictNormalised(x.dataSync<'float32'>());
      runner.dispose();
      const features = tf.tidy(() => adaptation.features(x, 'eval').dataSync<'float32'>().slice());
      expect([...features]).toEqual([...expected]);
    });

    it('computes folded what it computes adapted', () => {
      disturb(adaptation, 3);
      logits('train');
      const folded = runFolded(base, adaptation.exportTensors(), x);
      expect(largestDifference(folded, logits('eval'))).toBeLessThan(ROUNDING);
    });

    it('folds on the backend what it folds in arrays, from the pristine base every time, and leaks no tensor', () => {
      disturb(adaptation, 3);
      logits('train');
      const tensors = adaptation.exportTensors();
      const before = tf.memory().numTensors;
      const resident = createResidentBase(base);
      const [first, second] = [tensors, createdTensors(), tensors].flatMap((one, turn) => {
        const { runner } = resident.fold(one);
        const found = runner.predictNormalised(x.dataSync<'float32'>());
        runner.dispose();
        return turn === 1 ? [] : [found];
      });
      resident.dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect(second).toEqual(first);
      expect(largestDifference(first ?? new Float32Array(), runFolded(base, tensors, x))).toBeLessThan(ROUNDING);

      function createdTensors(): WeightMap {
        const other = createAdaptation(base, { method, budget, classes: CLASSES, seed: 9 });
        disturb(other, 8);
        const exported = other.exportTensors();
        other.dispose();
        return exported;
      }
    });

    it('leaves the base as it was, bit for bit', () => {
      disturb(adaptation, 3);
      logits('train');
      const folded = fold(base, adaptation.exportTensors());
      expect(valuesOf(base.weights)).toEqual(valuesOf(tinyBase(graph, 11).weights));
      expect([...folded.keys()]).toEqual([...base.weights.keys()]);
      for (const tensor of folded.values()) expect(tensor.data).not.toContain(NaN);
    });

    it('survives its file, in other encodings but for their rounding', () => {
      disturb(adaptation, 3);
      const tensors = new Map(adaptation.exportTensors());
      tensors.set('golden/logits', goldenLogits(base, tensors, 7));
      const written = (encoding: ModulatorEncoding) => {
        const header = { task: 'laws', labels: ['a', 'b', 'c'], method, trainedBy: 'laws', goldenSeed: 7, seed: 5 };
        const bytes = {
          formatVersion: 1,
          baseDigest: base.digest,
          plan: compactPlan(adaptation.plan),
          encoding,
        } as const;
        return decodeModulator(encodeModulator({ ...header, ...bytes, tensors })).tensors;
      };
      const read = written('f32');
      expect(valuesOf(fold(base, read))).toEqual(valuesOf(fold(base, tensors)));
      expect([...runFolded(base, read, x)]).toEqual([...runFolded(base, tensors, x)]);
      for (const encoding of ['f16', 'i8'] as const) {
        const rounded = written(encoding);
        const distances = [...rounded].map(([name, { data }]) => relativeDistance(data, tensors.get(name)?.data));
        expect(Math.max(...distances)).toBeLessThan(ENCODING_ERROR[encoding]);
        for (const { data } of fold(base, rounded).values()) expect(data).not.toContain(NaN);
      }
    });

    it('continues from a saved state, bit for bit', () => {
      disturb(adaptation, 3);
      logits('train');
      const state = adaptation.state();
      const expected = logits('eval');
      disturb(adaptation, 4);
      expect([...logits('eval')]).not.toEqual([...expected]);
      adaptation.restore(state);
      expect([...logits('eval')]).toEqual([...expected]);
    });

    it("takes an artifact over, then its images' statistics, and computes the same all along", () => {
      disturb(adaptation, 3);
      logits('train');
      const tensors = adaptation.exportTensors();
      const expected = runFolded(base, tensors, x);
      const other = createAdaptation(base, { method, budget, classes: CLASSES, seed: 6 });
      const logitsNow = (mode: 'train' | 'eval') => tf.tidy(() => other.forward(x, mode).dataSync<'float32'>().slice());
      other.adopt(tensors);
      expect(largestDifference(logitsNow('eval'), expected)).toBeLessThan(ROUNDING);
      let observed: readonly BatchObservation[] = [];
      tf.tidy(() => void other.features(x, 'eval', (all) => (observed = all)));
      other.rebase(observed);
      expect(largestDifference(logitsNow('eval'), expected)).toBeLessThan(10 * ROUNDING);
      expect(relativeDistance(runFolded(base, other.exportTensors(), x), expected)).toBeLessThan(10 * ROUNDING);
      // A frozen γ cannot make up for a variance: then training normalises by another one than evaluation.
      const frozen = other.plan.layers.some(({ kind }) => kind === 'beta');
      if (!frozen) expect(relativeDistance(logitsNow('train'), expected)).toBeLessThan(1e-3);
      other.dispose();
    });

    it('has as many parameters as planned, within the budget of a method that has one, and sends what it plans', () => {
      const { totalParams, sentParams, budgetParams, layers } = adaptation.plan;
      const trained = adaptation.parameters.filter(({ group }) => group !== 'head');
      expect(trained.reduce((total, { variable }) => total + variable.size, 0)).toBe(totalParams);
      const sent = [...adaptation.exportTensors()].filter(([name]) => !name.startsWith('head/'));
      expect(sent.reduce((total, [, { data }]) => total + data.length, 0)).toBe(sentParams);
      const sentOf = (layer: string) => sent.filter(([name]) => name.slice(0, name.lastIndexOf('/')) === layer);
      for (const layer of new Set(layers.map((one) => one.layer))) {
        const planned = layers.filter((one) => one.layer === layer).reduce((total, one) => total + one.sent, 0);
        expect(sentOf(layer).reduce((total, [, { data }]) => total + data.length, 0)).toBe(planned);
      }
      expect(totalParams).toBeLessThanOrEqual(getMethod(method).budgeted ? budgetParams : Infinity);
    });

    it('has the gradients that finite differences find', () => {
      disturb(adaptation, 3);
      const loss = (): tf.Scalar =>
        tf.tidy(() => tf.mean(tf.square(tf.sub(adaptation.forward(x, 'train'), 0.5))) as tf.Scalar);
      const variables = adaptation.parameters.map(({ variable }) => variable);
      const { value, grads } = tf.variableGrads(loss, variables);
      adaptation.parameters.forEach(({ name, variable }, index) => {
        const gradient = grads[variable.name]?.dataSync<'float32'>() ?? new Float32Array();
        const found = slopeAlong(gradientDirection(gradient, 100 + index), variable, loss);
        const expected = gradientDirection(gradient, 100 + index).reduce((s, d, i) => s + d * (gradient[i] ?? NaN), 0);
        // Central differences of a loss that is rounded to 1e-7, and whose ReLUs bend between the two points.
        expect({ name, close: Math.abs(found - expected) <= 2e-3 + 0.03 * Math.abs(expected) }).toEqual({ name, close: true }); // prettier-ignore
      });
      tf.dispose([value, grads]);
    });

    it('leaks no tensor', () => {
      const before = tf.memory().numTensors;
      const other = createAdaptation(base, { method, budget, classes: CLASSES, seed: 6 });
      const { value, grads } = tf.variableGrads(
        () => tf.sum(other.forward(x, 'train')),
        other.parameters.map(({ variable }) => variable),
      );
      tf.dispose([value, grads, other.forward(x, 'eval')]);
      tf.tidy(() => void other.headForward(other.features(x, 'eval')));
      other.restore(other.state());
      other.exportTensors();
      other.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  });
});

/** Half along the gradient, so that there is a slope to find, half anywhere; length one. */
function gradientDirection(gradient: Float32Array, seed: number): number[] {
  const prng = createPrng(seed);
  const length = Math.hypot(...gradient) || 1;
  const mixed = Array.from(gradient, (g) => g / length + prng.nextNormal() / Math.sqrt(gradient.length));
  const norm = Math.hypot(...mixed);
  return mixed.map((value) => value / norm);
}

function slopeAlong(direction: readonly number[], variable: tf.Variable, loss: () => tf.Scalar): number {
  const step = 2e-3;
  const start = variable.dataSync<'float32'>().slice();
  const lossAt = (distance: number): number =>
    tf.tidy(() => {
      const moved = start.map((value, i) => value + distance * (direction[i] ?? NaN));
      variable.assign(tf.tensor(moved, variable.shape));
      return loss().dataSync()[0] ?? NaN;
    });
  const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
  tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
  return slope;
}
