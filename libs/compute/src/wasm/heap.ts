import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { util } from '@tensorflow/tfjs-core';
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelExports } from './kernel-module.js';

/** int32 fields of `assembly/geometry.ts`. */
const GEOMETRY_FIELDS = 15;

/** The part of Emscripten's module that we use. */
interface EmscriptenModule {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  readonly tfjs: {
    disposeData(id: number): void;
    registerTensor(id: number, size: number, address: number): void;
  };
}

/** A view of the wasm backend's heap for kernels of our own: tensors' addresses, outputs, and one growing scratch area. */
export class WasmHeap {
  readonly #module: EmscriptenModule;
  readonly #geometry: number;
  #scratch = 0;
  #scratchBytes = 0;

  constructor(
    readonly backend: BackendWasm,
    /** The build in use; another may take its place. */
    public kernels: KernelExports,
  ) {
    this.#module = backend.wasm as unknown as EmscriptenModule;
    this.#geometry = this.#allocate(GEOMETRY_FIELDS * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Byte offset of a tensor's first element. */
  offset(tensor: TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset;
  }

  /** A new float32 tensor with undefined contents. */
  output(shape: readonly number[]): TensorInfo {
    return this.backend.makeOutput([...shape], 'float32');
  }

  /** Scratch memory, valid until the next call; it grows to the largest request and is kept. */
  scratch(bytes: number): number {
    const needed = bytes >>> 0;
    if (needed > this.#scratchBytes) {
      if (this.#scratchBytes > 0) this.#module._free(this.#scratch);
      this.#scratchBytes = 0;
      this.#scratch = this.#allocate(needed);
      this.#scratchBytes = needed;
    }
    return this.#scratch;
  }

  /** Copies numbers to an address in scratch memory. */
  write(address: number, values: Float32Array): void {
    new Float32Array(this.#module.HEAPU8.buffer, address, values.length).set(values);
  }

  /**
   * Makes the backend forget what it derived from a tensor's numbers: its own convolutions keep filters that they have
   * packed until the tensor is disposed. To be called when a tensor is written over.
   */
  renew(tensor: TensorInfo): void {
    const { id, memoryOffset } = this.backend.dataIdMap.get(tensor.dataId);
    this.#module.tfjs.disposeData(id);
    this.#module.tfjs.registerTensor(id, util.sizeFromShape(tensor.shape), memoryOffset);
  }

  /** Writes a convolution's shape where kernels read it; valid until the next call. */
  geometry(info: backend_util.Conv2DInfo): number {
    const fields = [
      info.batchSize,
      info.inHeight,
      info.inWidth,
      info.inChannels,
      info.outHeight,
      info.outWidth,
      info.outChannels,
      info.filterHeight,
      info.filterWidth,
      info.strideHeight,
      info.strideWidth,
      info.dilationHeight,
      info.dilationWidth,
      info.padInfo.top,
      info.padInfo.left,
    ];
    new Int32Array(this.#module.HEAPU8.buffer, this.#geometry, GEOMETRY_FIELDS).set(fields);
    return this.#geometry;
  }

  #allocate(bytes: number): number {
    // Addresses above 2 GiB arrive as negative numbers.
    const address = this.#module._malloc(bytes) >>> 0;
    if (address === 0) throw new Error(`the WebAssembly heap has no ${bytes} bytes left`);
    return address;
  }
}
