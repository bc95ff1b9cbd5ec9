import { instantiateKernels } from './kernel-module.js';

/** `[2, 3] x [3, 9]`, small whole numbers, so that every order of summing gives the same bits. */
const A = [1, 2, 3, 4, 5, 6];
const B = Array.from({ length: 27 }, (_, i) => (i % 5) - 2);
const PRODUCT = [0, 1].flatMap((row) =>
  Array.from({ length: 9 }, (_, column) =>
    [0, 1, 2].reduce((sum, k) => sum + (A[row * 3 + k] ?? NaN) * (B[k * 9 + column] ?? NaN), 0),
  ),
);

describe('the kernels', () => {
  it.each([true, false])('run on a memory they do not own, with relaxed SIMD allowed: %s', async (relaxedSimd) => {
    const memory = new WebAssembly.Memory({ initial: 4 });
    const module = await instantiateKernels(memory, { relaxedSimd });
    if (module === undefined) throw new Error('this runtime has no SIMD');
    if (!relaxedSimd) expect(module.relaxedSimd).toBe(false);
    const numbers = new Float32Array(memory.buffer);
    numbers.set(A, 1024);
    numbers.set(B, 2048);
    module.exports.matMul(4096, 8192, 16384, 2, 3, 9, 0, 0, 32768);
    expect(Array.from(numbers.slice(4096, 4096 + 18))).toEqual(PRODUCT);
  });

  it('write nowhere when they start', async () => {
    const memory = new WebAssembly.Memory({ initial: 2 });
    await instantiateKernels(memory);
    expect(new Uint8Array(memory.buffer).some((byte) => byte !== 0)).toBe(false);
  });
});
