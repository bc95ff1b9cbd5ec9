import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerBatchNorm } from './batch-norm.kernels.js';
import { registerConv2d } from './conv2d.kernels.js';
import { registerDepthwise } from './depthwise.kernels.js';
import { registerElementwise } from './elementwise.kernels.js';
import { WasmHeap } from './heap.js';
import { instantiateKernels, type KernelModule } from './kernel-module.js';
import { registerMatMul } from './mat-mul.kernel.js';
import { registerModulate } from './modulate.kernels.js';
import { registerOverwriter } from './overwrite.js';
import { registerPool } from './pool.kernels.js';
import { registerReductions } from './reduce.kernels.js';

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

interface Registered {
  readonly heap: WasmHeap;
  /** Builds that have been asked for, by whether fused multiply-adds were allowed. */
  readonly builds: Map<boolean, KernelModule>;
  relaxedSimd: boolean;
}

const registered = new WeakMap<BackendWasm, Promise<Registered | undefined>>();
const NO_SUPPORT: WasmSupport = { simd: false, relaxedSimd: false };

/**
 * Adds our kernels to the wasm backend, which must be the current one; once: later calls only choose between builds.
 * Without SIMD, or where the backend hides its memory, the stock kernels stay and training is not available.
 *
 * @param options.relaxedSimd - whether fused multiply-adds may be used where the runtime has them; default yes
 */
export async function registerWasmKernels(
  backend: BackendWasm,
  options: { relaxedSimd: boolean } = { relaxedSimd: true },
): Promise<WasmSupport> {
  const memory = memoryOf(backend);
  if (memory === undefined) return NO_SUPPORT;
  const known = registered.get(backend);
  const ours = known ?? register(backend, memory, options);
  registered.set(backend, ours);
  const result = await ours;
  if (result === undefined) return NO_SUPPORT;
  if (known !== undefined) await choose(result, memory, options);
  return { simd: true, relaxedSimd: result.relaxedSimd };
}

async function choose(ours: Registered, memory: WebAssembly.Memory, options: { relaxedSimd: boolean }): Promise<void> {
  const module = ours.builds.get(options.relaxedSimd) ?? (await instantiateKernels(memory, options));
  if (module === undefined) return;
  ours.builds.set(options.relaxedSimd, module);
  ours.heap.kernels = module.exports;
  ours.relaxedSimd = module.relaxedSimd;
}

async function register(
  backend: BackendWasm,
  memory: WebAssembly.Memory,
  options: { relaxedSimd: boolean },
): Promise<Registered | undefined> {
  const module = await instantiateKernels(memory, options);
  if (module === undefined) return undefined;
  const heap = new WasmHeap(backend, module.exports);
  registerConv2d(heap);
  registerDepthwise(heap);
  registerMatMul(heap);
  registerBatchNorm(heap);
  registerModulate(heap);
  registerElementwise(heap);
  registerPool(heap);
  registerReductions(heap);
  registerOverwriter(heap);
  return { heap, builds: new Map([[options.relaxedSimd, module]]), relaxedSimd: module.relaxedSimd };
}
