import { kernelsOf } from './kernels-of.js';

const PLAIN = { simd: false, relaxedSimd: false };

describe('what computes', () => {
  it.each([
    [PLAIN, 'stock kernels'],
    [{ ...PLAIN, simd: true }, 'SIMD kernels'],
    [{ simd: true, relaxedSimd: true }, 'relaxed SIMD kernels'],
    [
      { ...PLAIN, native: { tensorflow: '2.12.1', device: 'CPU' as const, threads: 2 } },
      'TensorFlow 2.12.1 on CPU, threads: 2',
    ],
    [
      { ...PLAIN, native: { tensorflow: '2.12.1', device: 'GPU' as const, threads: undefined } },
      'TensorFlow 2.12.1 on GPU, threads: all',
    ],
  ])('with %j is called %s', (info, text) => {
    expect(kernelsOf(info)).toBe(text);
  });

  it('says on how many threads training goes on side by side', () => {
    expect(kernelsOf({ ...PLAIN, simd: true }, 3)).toBe('SIMD kernels, threads: 3');
  });
});
