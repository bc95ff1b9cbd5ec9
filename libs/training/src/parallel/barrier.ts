/** Cells of a barrier's shared memory. */
const ARRIVED = 0;
const GENERATION = 1;
const ABORTED = 2;
const CELLS = 3;

/** Why a barrier let nobody pass. */
export class BarrierError extends Error {
  readonly code = 'barrier_broken';

  constructor(readonly reason: 'aborted' | 'timeout') {
    super(reason === 'aborted' ? 'Another thread failed' : 'Another thread did not come in time');
    this.name = 'BarrierError';
  }
}

/** Memory of one barrier. */
export function createBarrierCells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
}

/** Breaks a barrier for good: whoever waits or comes gets a {@link BarrierError}. */
export function breakBarrier(cells: Int32Array): void {
  Atomics.store(cells, ABORTED, 1);
  // A new generation wakes also those that were just about to wait.
  Atomics.add(cells, GENERATION, 1);
  Atomics.notify(cells, GENERATION);
}

/** Where threads wait for one another, any number of times. */
export class Barrier {
  /**
   * @param cells - from {@link createBarrierCells}, the same for all
   * @param threads - how many have to come
   * @param patience - milliseconds to wait for the others
   */
  constructor(
    private readonly cells: Int32Array,
    private readonly threads: number,
    private readonly patience: number,
  ) {}

  /**
   * Blocks this thread until all have come. What they wrote to shared memory before is then visible.
   * @throws {BarrierError}
   */
  wait(): void {
    const { cells } = this;
    // Before the look at what is broken: breaking it from here on changes the generation.
    const generation = Atomics.load(cells, GENERATION);
    this.check();
    if (Atomics.add(cells, ARRIVED, 1) + 1 === this.threads) {
      Atomics.store(cells, ARRIVED, 0);
      Atomics.add(cells, GENERATION, 1);
      Atomics.notify(cells, GENERATION);
    } else {
      const deadline = performance.now() + this.patience;
      while (Atomics.load(cells, GENERATION) === generation) {
        const left = deadline - performance.now();
        if (left <= 0) throw this.giveUp();
        Atomics.wait(cells, GENERATION, generation, left);
      }
    }
    this.check();
  }

  private check(): void {
    if (Atomics.load(this.cells, ABORTED) !== 0) throw new BarrierError('aborted');
  }

  private giveUp(): BarrierError {
    breakBarrier(this.cells);
    return new BarrierError('timeout');
  }
}
