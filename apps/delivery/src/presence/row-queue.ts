const FIRST_CAPACITY = 1_024;

/** A bounded queue of row numbers in four bytes each: a ring that grows while it may. */
export class RowQueue {
  private ring = new Uint32Array(FIRST_CAPACITY);
  private first = 0;
  private count = 0;

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.count;
  }

  /** @returns false when the queue is full */
  push(row: number): boolean {
    if (this.count >= this.capacity) return false;
    if (this.count === this.ring.length) this.grow();
    this.ring[(this.first + this.count++) % this.ring.length] = row;
    return true;
  }

  /** Takes up to `count` rows, the oldest first. */
  take(count: number): Uint32Array {
    const taken = new Uint32Array(Math.min(count, this.count));
    for (let i = 0; i < taken.length; i++) taken[i] = this.ring[(this.first + i) % this.ring.length] ?? 0;
    this.first = (this.first + taken.length) % this.ring.length;
    this.count -= taken.length;
    return taken;
  }

  private grow(): void {
    const size = this.count;
    const rows = this.take(size);
    this.ring = new Uint32Array(Math.min(rows.length * 2, Math.max(this.capacity, rows.length + 1)));
    this.ring.set(rows);
    this.first = 0;
    this.count = size;
  }
}
