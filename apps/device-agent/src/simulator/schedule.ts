/**
 * Which device is due next: a binary heap over packed arrays, 12 bytes a device, each device in it at most once.
 * (Williams, "Algorithm 232: Heapsort", CACM 7, 1964.)
 */
export class Schedule {
  private readonly heap: Int32Array;
  private readonly dueAt: Float64Array;
  private size = 0;

  constructor(capacity: number) {
    this.heap = new Int32Array(capacity);
    this.dueAt = new Float64Array(capacity);
  }

  get length(): number {
    return this.size;
  }

  /** When the next device is due, milliseconds on the caller's clock; `undefined` when none waits. */
  get nextAt(): number | undefined {
    return this.size === 0 ? undefined : this.dueAt[this.heap[0] ?? 0];
  }

  /** Puts a device in that is not waiting. @throws RangeError when it is full */
  add(device: number, dueAt: number): void {
    if (this.size === this.heap.length) throw new RangeError('more devices wait than there are');
    this.dueAt[device] = dueAt;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.at(parent);
      if (this.due(above) <= dueAt) break;
      this.heap[at] = above;
      at = parent;
    }
    this.heap[at] = device;
  }

  /** Takes the device out that is due first, if it is due by then. */
  takeDue(now: number): number | undefined {
    const next = this.nextAt;
    if (next === undefined || next > now) return undefined;
    const first = this.at(0);
    const last = this.at(--this.size);
    if (this.size > 0) this.sink(last);
    return first;
  }

  private sink(device: number): void {
    const dueAt = this.due(device);
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.due(this.at(child + 1)) < this.due(this.at(child))) child += 1;
      if (this.due(this.at(child)) >= dueAt) break;
      this.heap[at] = this.at(child);
      at = child;
    }
    this.heap[at] = device;
  }

  private at(index: number): number {
    return this.heap[index] ?? 0;
  }

  private due(device: number): number {
    return this.dueAt[device] ?? 0;
  }
}
