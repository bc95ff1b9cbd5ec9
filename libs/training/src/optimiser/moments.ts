import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { OptimisedParameter } from './optimiser.types.js';

/** One array beside each parameter, of its size and zero at first, that is part of a checkpoint. */
export class Moments {
  private readonly arrays: Map<string, Float32Array>;

  /** @param prefix - of the tensors' names in a checkpoint */
  constructor(
    private readonly prefix: string,
    private readonly parameters: readonly OptimisedParameter[],
  ) {
    this.arrays = new Map(parameters.map(({ name, values }) => [name, new Float32Array(values.length)]));
  }

  /** The live array. */
  of(name: string): Float32Array {
    const array = this.arrays.get(name);
    if (array === undefined) throw new RangeError(`'${name}' is not optimised`);
    return array;
  }

  /** Copies. */
  state(): [name: string, tensor: FloatTensor][] {
    return this.parameters.map(({ name, shape }) => [
      `${this.prefix}/${name}`,
      { shape: [...shape], data: this.of(name).slice() },
    ]);
  }

  /** @throws {RangeError} when a tensor is missing or has another size. */
  restore(state: WeightMap): void {
    for (const { name, values } of this.parameters) {
      const stored = state.get(`${this.prefix}/${name}`);
      if (stored?.data.length !== values.length) throw new RangeError(`'${this.prefix}/${name}' does not fit`);
      this.of(name).set(stored.data);
    }
  }
}
