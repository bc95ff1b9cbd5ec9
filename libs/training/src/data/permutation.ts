import { createPrng } from '@kernelcast/artifact';

/** `0 … count − 1` in random order, by Fisher and Yates. The modulo favours low numbers by less than `count / 2^32`. */
export function permutationOf(count: number, seed: number): Uint32Array {
  const prng = createPrng(seed);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let last = count - 1; last > 0; last--) {
    const other = prng.nextUint32() % (last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
