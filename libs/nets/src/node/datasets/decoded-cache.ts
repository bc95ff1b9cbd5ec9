/** Decoded images by index, the least recently used dropped first once they exceed a number of bytes. */
export class DecodedCache {
  /** In order of their last use. */
  private readonly entries = new Map<number, Uint8Array>();
  private held = 0;

  constructor(private readonly limit: number) {}

  get bytes(): number {
    return this.held;
  }

  get(index: number): Uint8Array | undefined {
    const image = this.entries.get(index);
    if (image === undefined) return undefined;
    this.entries.delete(index);
    this.entries.set(index, image);
    return image;
  }

  /** An image larger than the limit is not kept. */
  set(index: number, image: Uint8Array): void {
    if (this.entries.has(index) || image.length > this.limit) return;
    this.entries.set(index, image);
    this.held += image.length;
    for (const [oldest, { length }] of this.entries) {
      if (this.held <= this.limit) return;
      this.entries.delete(oldest);
      this.held -= length;
    }
  }
}
