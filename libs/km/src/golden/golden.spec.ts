import { createPrng } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { TINY_GRAPHS, tinyBase } from '../laws/tiny-bases.fixture.js';
import { createAdaptation } from '../methods/registry.js';
import { goldenInputs, goldenLogits, goldenMatches } from './golden.js';

const [graph] = TINY_GRAPHS;
if (graph === undefined) throw new Error('no graph');

beforeAll(() => initBackend({ force: 'cpu' }));

describe('golden check', () => {
  it('draws its inputs from the specified generator', () => {
    const prng = createPrng(99);
    const inputs = goldenInputs(graph, 99);
    expect(inputs).toHaveLength(4 * 7 * 6 * 3);
    expect(Array.from(inputs.subarray(0, 3))).toEqual([1, 2, 3].map(() => Math.fround(prng.nextNormal())));
  });

  it('tells one modulator from another, and from itself on another base', () => {
    const tensorsOf = (seed: number) => {
      const options = { method: 'km', budget: { paramsRatio: 0.6 }, classes: 3, seed };
      const adaptation = createAdaptation(tinyBase(graph, 1), options);
      const tensors = adaptation.exportTensors();
      adaptation.dispose();
      return tensors;
    };
    const expected = goldenLogits(tinyBase(graph, 1), tensorsOf(1), 99);
    expect(expected.shape).toEqual([4, 3]);
    const matches = (base: number, modulator: number) =>
      goldenMatches(goldenLogits(tinyBase(graph, base), tensorsOf(modulator), 99).data, expected.data, 'f16');
    expect([matches(1, 1), matches(1, 2), matches(2, 1)]).toEqual([true, false, false]);
  });

  it('allows the rounding of single precision, relative to the largest logit, and no more', () => {
    const expected = Float32Array.of(10, -1, 0);
    expect(goldenMatches(Float32Array.of(10.01, -1.01, 0.01), expected, 'f32')).toBe(true);
    expect(goldenMatches(Float32Array.of(10, -1, 0.03), expected, 'f32')).toBe(false);
    expect(goldenMatches(Float32Array.of(10, NaN, 0), expected, 'f32')).toBe(false);
    expect(goldenMatches(Float32Array.of(10, -1), expected, 'f32')).toBe(false);
  });
});
