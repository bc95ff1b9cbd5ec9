/** Images decoded at once: enough to keep the decoder's threads busy, few enough to bound memory. */
export const DECODERS = 8;

/** Lets a few pieces of work run at once, the others in the order they came. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Handed over, not returned: nobody may overtake those who wait.
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
