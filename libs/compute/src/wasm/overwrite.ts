import { defineOverwriter, type Overwriter } from '../ops/overwrite.js';
import { WASM } from './define-kernel.js';
import type { WasmHeap } from './heap.js';
import { modulateBy } from './modulate.kernels.js';

/** Tensors of the wasm backend are ranges of its heap, where they stay until they are disposed. */
function wasmOverwriter(heap: WasmHeap): Overwriter {
  return {
    write: (target, values) => {
      assertCount('the tensor', target.size, values.length);
      heap.write(heap.offset(target), values);
      heap.renew(target);
    },
    modulate: (target, kernel, { a, b }, sizes) => {
      const { taps, inChannels, outChannels, rank } = sizes;
      const weights = taps * inChannels * outChannels;
      assertCount('the target', target.size, weights);
      assertCount('the kernel', kernel.size, weights);
      assertCount('a', a.length, outChannels * rank);
      assertCount('b', b.length, rank * inChannels);
      modulateBy(heap, { kernel: heap.offset(kernel), target: heap.offset(target), a, b }, sizes);
      heap.renew(target);
    },
  };
}

function assertCount(what: string, actual: number, wanted: number): void {
  if (actual !== wanted) throw new RangeError(`${what} has ${actual} numbers, not ${wanted}`);
}

export function registerOverwriter(heap: WasmHeap): void {
  defineOverwriter(WASM, wasmOverwriter(heap));
}
