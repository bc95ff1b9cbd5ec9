import * as tf from '@tensorflow/tfjs-core';

/** A kernel `[taps, inChannels, outChannels]` under factors `a` `[outChannels, rank]` and `b` `[rank, inChannels]`. */
export interface ModulationSizes {
  readonly taps: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly rank: number;
}

/**
 * Writes over tensors that exist already. tfjs takes tensors for immutable, so this is for whoever owns a tensor alone
 * and knows that nobody reads it any more: it saves an allocation and most of tfjs' bookkeeping, which for many small
 * tensors costs more than the arithmetic.
 */
export interface Overwriter {
  /** @throws {RangeError} when the tensor has another size. */
  write(target: tf.Tensor, values: Float32Array): void;
  /**
   * `target = kernel * (1 + a b)` as `modulateKernel` computes it, bit for bit.
   * @throws {RangeError} when a size does not fit.
   */
  modulate(
    target: tf.Tensor,
    kernel: tf.Tensor,
    factors: { readonly a: Float32Array; readonly b: Float32Array },
    sizes: ModulationSizes,
  ): void;
}

const overwriters = new Map<string, Overwriter>();

/** Declares how a backend's tensors are written over. */
export function defineOverwriter(backendName: string, overwriter: Overwriter): void {
  overwriters.set(backendName, overwriter);
}

/** How the current backend's tensors are written over; undefined where they cannot be. */
export function currentOverwriter(): Overwriter | undefined {
  return overwriters.get(tf.getBackend());
}
