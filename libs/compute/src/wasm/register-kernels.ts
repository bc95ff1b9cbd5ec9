import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { registerBatchNorm } from './batch-norm.kernels.js';
import { registerConv2d } from './conv2d.kernels.js';
import { registerDepthwise } from './depthwise.kernels.js';
import { registerElementwise } from './elementwise.kernels.js';
import { WasmHeap } from './heap.js';
import { instantiateKernels, type KernelModule, type KernelOptions } from './kernel-module.js';
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
  /** Modules that have been asked for, by their binary and whether fused multiply-adds were allowed. */
  readonly modules: Map<string, KernelModule>;
  relaxedSimd: boolean;
}

const registered = new WeakMap<BackendWasm, Promise<Registered | undefined>>();
const NO_SUPPORT: WasmSupport = { simd: false, relaxedSimd: false };

/**
 * Adds our kernels to the wasm backend, which must be the current one; once: later calls only choose between builds.
 * Without SIMD, or where the backend hides its memory, the stock kernels stay and training is not available.
 *
 * @param options.builds - those for inference lack gradients; a later call with those for training brings them
 */
export async function registerWasmKernels(backend: BackendWasm, options: KernelOptions): Promise<WasmSupport> {
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

const keyOf = ({ builds, relaxedSimd = true }: KernelOptions): string => `${relaxedSimd}:${builds.simd}`;

async function choose(ours: Registered, memory: WebAssembly.Memory, options: KernelOptions): Promise<void> {
  const module = ours.modules.get(keyOf(options)) ?? (await instantiateKernels(memory, options));
  if (module === undefined) return;
  ours.modules.set(keyOf(options), module);
  ours.heap.kernels = module.exports;
  ours.relaxedSimd = module.relaxedSimd;
}

async function register(
  backend: BackendWasm,
  memory: WebAssembly.Memory,
  options: KernelOptions,
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
  return { heap, modules: new Map([[keyOf(options), module]]), relaxedSimd: module.relaxedSimd };
}
