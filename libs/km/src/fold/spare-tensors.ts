import type * as tf from '@tensorflow/tfjs-core';

/**
 * Tensors of networks that are no longer in use, at most one for each parameter, to be written over by the next fold.
 * A device that changes tasks needs two networks' memory while it changes, and the WebAssembly heap never shrinks: to
 * keep that memory costs nothing, to allocate it again for many small tensors costs more than to fill it.
 */
export class SpareTensors {
  private readonly kept = new Map<string, tf.Tensor>();
  private closed = false;

  /** The caller owns it from now on. */
  take(parameter: string): tf.Tensor | undefined {
    const tensor = this.kept.get(parameter);
    this.kept.delete(parameter);
    return tensor;
  }

  /** Takes tensors that nobody reads any more; those without a use are disposed. */
  give(tensors: ReadonlyMap<string, tf.Tensor>): void {
    for (const [parameter, tensor] of tensors) {
      if (this.closed || this.kept.has(parameter)) tensor.dispose();
      else this.kept.set(parameter, tensor);
    }
  }

  /** Disposes what is kept and whatever is given later. */
  close(): void {
    this.closed = true;
    for (const tensor of this.kept.values()) tensor.dispose();
    this.kept.clear();
  }
}
