import * as tf from '@tensorflow/tfjs-core';
import { createPrng, elementCount } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { ModulatorMismatchError } from '../km.errors.js';
import { TINY_GRAPHS, tinyBase } from '../laws/tiny-bases.fixture.js';
import { createResidentBase } from './resident-base.js';

const [graph] = TINY_GRAPHS;
if (graph === undefined) throw new Error('no graph');
const base = tinyBase(graph, 1);
const ones = (...shape: number[]): FloatTensor => ({ shape, data: new Float32Array(elementCount(shape)).fill(1) });
const head: [string, FloatTensor][] = [
  ['head/kernel', ones(5, 2)],
  ['head/bias', ones(2)],
];
const image = new Float32Array(7 * 6 * 3).fill(0.5);

beforeAll(() => initBackend({ force: 'wasm' }));

describe('createResidentBase', () => {
  it('gives networks that outlive it', () => {
    const resident = createResidentBase(base);
    const { runner } = resident.fold(new Map(head));
    const before = runner.predictNormalised(image);
    resident.dispose();
    expect(runner.predictNormalised(image)).toEqual(before);
    runner.dispose();
  });

  it('leaves nothing behind, whoever is disposed first', () => {
    const before = tf.memory().numTensors;
    const tensors = new Map([...head, ['stem/A', ones(4, 1)] as const, ['stem/B', ones(1, 3)] as const]);
    for (const baseFirst of [true, false]) {
      const resident = createResidentBase(base);
      const { runner } = resident.fold(tensors);
      if (baseFirst) resident.dispose();
      runner.dispose();
      resident.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it.each(['wasm', 'cpu'] as const)(
    'folds over the networks before it, bit for bit and without a leak, on %s',
    async (backend) => {
      // prettier-ignore
      await initBackend({ force: backend });
      const random = createPrng(7);
      const some = (...shape: number[]): FloatTensor => ({ shape, data: ones(...shape).data.map(() => random.nextNormal()) }); // prettier-ignore
      const modulators = [1, 2, 1].map(
        (rank) =>
          new Map([
            ...head,
            ['stem/A', some(4, rank)] as const,
            ['stem/B', some(rank, 3)] as const,
            ...(rank === 1 ? [['stem.bn/shift', some(4)] as const] : []),
          ]),
      );
      const alone = modulators.map((modulator) => {
        const resident = createResidentBase(base);
        const { runner } = resident.fold(modulator);
        const logits = runner.predictNormalised(image);
        runner.dispose();
        resident.dispose();
        return logits;
      });
      const before = tf.memory().numTensors;
      const resident = createResidentBase(base);
      const held = resident.fold(modulators[0] ?? new Map()).runner;
      for (let round = 0; round < 3; round++) {
        const logits = modulators.map((modulator) => {
          const { runner } = resident.fold(modulator);
          const found = runner.predictNormalised(image);
          runner.dispose();
          return found;
        });
        expect(logits).toEqual(alone);
      }
      // One that is in use is nobody's spare.
      expect(held.predictNormalised(image)).toEqual(alone[0]);
      held.dispose();
      resident.dispose();
      expect(tf.memory().numTensors).toBe(before);
      await initBackend({ force: 'wasm' });
    },
  );

  it('counts only what a network does not share with the base', () => {
    const resident = createResidentBase(base);
    const bytesOf = (tensors: [string, FloatTensor][]): number => {
      const { runner, bytes } = resident.fold(new Map([...head, ...tensors]));
      runner.dispose();
      return bytes;
    };
    const headBytes = 4 * (5 * 2 + 2);
    expect(bytesOf([])).toBe(headBytes);
    // The stem's kernel is [3, 3, 3, 4].
    expect(bytesOf([['stem/A', ones(4, 1)], ['stem/B', ones(1, 3)]])).toBe(headBytes + 4 * 108); // prettier-ignore
    resident.dispose();
  });

  it('refuses a modulator of another base', () => {
    const resident = createResidentBase(base);
    expect(() => resident.fold(new Map([...head, ['stem.bn/shift', ones(3)]]))).toThrow(ModulatorMismatchError);
    expect(() => resident.fold(new Map())).toThrow(ModulatorMismatchError);
    resident.dispose();
  });
});
