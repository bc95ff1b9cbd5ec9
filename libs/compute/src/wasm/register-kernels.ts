import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerBatchNorm } from './batch-norm.kernels.js';
import { registerConv2d } from './conv2d.kernels.js';
import { registerDepthwise } from './depthwise.kernels.js';
import { registerElementwise } from './elementwise.kernels.js';
import { WasmHeap } from './heap.js';
import { instantiateKernels } from './kernel-module.js';
import { registerMatMul } from './mat-mul.kernel.js';
import { registerModulate } from './modulate.kernels.js';

export interface WasmSupport {
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
}

/** The memory of the backend's Emscripten module, which does not export it by a stable name. */
function memoryOf(backend: BackendWasm): WebAssembly.Memory | undefined {
  const module = backend.wasm as unknown as { asm?: Record<string, unknown>; wasmMemory?: unknown };
  const candidates = [module.wasmMemory, ...Object.values(module.asm ?? {})];
  return candidates.find((value): value is WebAssembly.Memory => value instanceof WebAssembly.Memory);
}

const registered = new WeakMap<BackendWasm, Promise<WasmSupport>>();

/**
 * Adds our kernels to the wasm backend, which must be the current one; once. Without SIMD, or where the backend hides
 * its memory, the stock kernels stay and training is not available.
 */
export function registerWasmKernels(backend: BackendWasm): Promise<WasmSupport> {
  const support = registered.get(backend) ?? register(backend);
  registered.set(backend, support);
  return support;
}

async function register(backend: BackendWasm): Promise<WasmSupport> {
  const memory = memoryOf(backend);
  const module = memory && (await instantiateKernels(memory));
  if (module === undefined) return { simd: false, relaxedSimd: false };
  const heap = new WasmHeap(backend, module.exports);
  registerConv2d(heap);
  registerDepthwise(heap);
  registerMatMul(heap);
  registerBatchNorm(heap);
  registerModulate(heap);
  registerElementwise(heap);
  return { simd: true, relaxedSimd: module.relaxedSimd };
}
