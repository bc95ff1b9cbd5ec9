/** Takes a stream apart into pieces of given sizes, holding hardly more than one of them. */
export class ExactReader {
  private readonly chunks: AsyncIterator<Buffer>;
  private held: Buffer[] = [];
  private bytes = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.chunks = source[Symbol.asyncIterator]();
  }

  /** @throws Error when fewer bytes are left */
  async read(length: number): Promise<Buffer> {
    while (this.bytes < length) {
      const { value, done } = await this.chunks.next();
      if (done) throw new Error(`ends ${length - this.bytes} bytes too early`);
      this.held.push(value);
      this.bytes += value.length;
    }
    const all = Buffer.concat(this.held, this.bytes);
    this.held = all.length > length ? [all.subarray(length)] : [];
    this.bytes -= length;
    return all.subarray(0, length);
  }

  /** @throws Error when bytes are left */
  async expectEnd(): Promise<void> {
    const { done } = this.bytes > 0 ? { done: false } : await this.chunks.next();
    if (!done) throw new Error('holds more than its header says');
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.chunks.return?.();
  }
}
