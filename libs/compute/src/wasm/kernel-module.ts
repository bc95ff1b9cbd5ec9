/** Kernels in base64, compiled for what a runtime may have. */
export interface KernelBuilds {
  readonly simd: string;
  /** With fused multiply-adds. */
  readonly relaxedSimd: string;
}

export interface KernelOptions {
  readonly builds: KernelBuilds;
  /** Whether fused multiply-adds may be used where the runtime has them; default yes. */
  readonly relaxedSimd?: boolean;
}

/** What `assembly/index.ts` exports, of which `assembly/inference.ts` has the forward half. All pointers are byte offsets into the shared memory; shapes are int32. */
export interface KernelExports {
  convForward(geometry: number, x: number, kernel: number, y: number, scratch: number): void;
  convInputGradient(geometry: number, dy: number, kernel: number, dx: number, scratch: number): void;
  convScratch(geometry: number, gradient: number): number;
  convFilterGradient(geometry: number, x: number, dy: number, dw: number, scratch: number): void;
  filterGradientScratch(geometry: number): number;
  matMul(...pointersAndSizes: number[]): void;
  matMulScratch(rows: number, depth: number, columns: number): number;
  depthwiseForward(geometry: number, x: number, kernel: number, y: number): void;
  depthwiseInputGradient(geometry: number, dy: number, kernel: number, dx: number): void;
  depthwiseFilterGradient(geometry: number, x: number, dy: number, dw: number): void;
  batchNormForward(...pointersAndSizes: number[]): void;
  batchNormBackward(...pointersAndSizes: number[]): void;
  batchNormGivenInputGradient(...pointersAndSizes: number[]): void;
  batchNormGivenParameterGradient(...pointersAndSizes: number[]): void;
  batchNormScratch(channels: number): number;
  activationGradient(value: number, dy: number, dx: number, count: number, activation: number): void;
  addActivate(a: number, b: number, y: number, count: number, activation: number): void;
  biasActivate(y: number, bias: number, pixels: number, channels: number, activation: number): void;
  modulateForward(...pointersAndSizes: number[]): void;
  modulateBackward(...pointersAndSizes: number[]): void;
  modulateScratch(inChannels: number, outChannels: number, rank: number): number;
  maxPoolForward(geometry: number, x: number, y: number): void;
  maxPoolGradient(geometry: number, x: number, dy: number, dx: number): void;
  avgPoolForward(geometry: number, x: number, y: number): void;
  avgPoolGradient(geometry: number, dy: number, dx: number): void;
  sumRows(x: number, y: number, outer: number, count: number, inner: number, scale: number): void;
  spreadRows(y: number, x: number, outer: number, count: number, inner: number, scale: number): void;
}

export interface KernelModule {
  readonly exports: KernelExports;
  /** Whether multiply-adds are fused; results then differ from the plain build in the last bits. */
  readonly relaxedSimd: boolean;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Compiles the kernels onto a memory that another module owns: they hold no static data and allocate nothing.
 *
 * @returns undefined where the runtime has no WebAssembly SIMD
 */
export async function instantiateKernels(
  memory: WebAssembly.Memory,
  { builds, relaxedSimd: allowed = true }: KernelOptions,
): Promise<KernelModule | undefined> {
  for (const relaxedSimd of allowed ? [true, false] : [false]) {
    const binary = decode(relaxedSimd ? builds.relaxedSimd : builds.simd);
    if (!WebAssembly.validate(binary)) continue;
    const { instance } = await WebAssembly.instantiate(binary, { env: { memory } });
    return { exports: instance.exports as unknown as KernelExports, relaxedSimd };
  }
  return undefined;
}
