import { createPrng } from './prng.js';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, () => next());

// Vectors of docs/formats/prng.md. The first is the authors' reference algorithm from state 1, 2, 3, 4; all were
// computed by a separate implementation with unbounded integers.
describe('createPrng', () => {
  it('continues xoshiro128** from a known state', () => {
    const prng = createPrng(0);
    prng.setState([1, 2, 3, 4]);
    expect(draw(10, () => prng.nextUint32())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it.each([
    [0, [0x64625032, 0xd9c0799c, 0xaf362e10, 0x7fa88912], [1789933344, 44971166, 2521387044, 3848737593]],
    [1, [0x5e2d1772, 0x14e498f0, 0xd20ea1fd, 0xb382f339], [393288148, 2174103013, 3814759091, 2092745082]],
    [42, [0x20e44818, 0x0895a923, 0x1339a01f, 0xb4e3841a], [660444221, 3652823732, 77672526, 910233633]],
    [0xffffffff, [0xeb721c8a, 0xffe8bd34, 0x4da2a8ce, 0xa4a5cc85], [4104197751, 1825856343, 1152209388, 2427537429]],
  ])('fills its state from seed %i by splitmix32', (seed, state, integers) => {
    const prng = createPrng(seed);
    expect(prng.getState()).toEqual(state);
    expect(draw(4, () => prng.nextUint32())).toEqual(integers);
  });

  it('takes the upper 24 bits for a number in [0, 1)', () => {
    const prng = createPrng(42);
    expect(draw(2, () => prng.nextFloat())).toEqual([(660444221 >>> 8) / 2 ** 24, (3652823732 >>> 8) / 2 ** 24]);
  });

  it('draws normals by Box-Muller without a spare', () => {
    const prng = createPrng(42);
    const [first, second] = draw(2, () => prng.nextNormal());
    // Engines may differ in the last bits of log and cos.
    expect(first).toBeCloseTo(0.3410981592238159, 12);
    expect(second).toBeCloseTo(0.04526445092663066, 12);
  });

  it('draws normals with mean 0 and variance 1', () => {
    const prng = createPrng(7);
    const values = draw(20_000, () => prng.nextNormal());
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length - mean ** 2;
    // Four standard errors: 4/√20000 = 0.028 for the mean, 4·√(2/20000) = 0.04 for the variance.
    expect(Math.abs(mean)).toBeLessThan(0.028);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  });

  it('continues from a stored state', () => {
    const prng = createPrng(3);
    prng.nextNormal();
    const state = prng.getState();
    const expected = draw(5, () => prng.nextUint32());
    const resumed = createPrng(0);
    resumed.setState(state);
    expect(draw(5, () => resumed.nextUint32())).toEqual(expected);
  });

  it.each([-1, 0.5, 2 ** 32, NaN])('refuses seed %p', (seed) => {
    expect(() => createPrng(seed)).toThrow(RangeError);
  });

  it.each([[[0, 0, 0, 0]], [[1, 2, 3]], [[1, 2, 3, 4, 5]], [[1, 2, 3, -4]]])('refuses state %p', (state) => {
    expect(() => createPrng(0).setState(state)).toThrow(RangeError);
  });
});
