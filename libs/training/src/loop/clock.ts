/** Seconds of this attempt on top of those of earlier ones. */
export class Clock {
  private readonly startedAt = performance.now();

  constructor(private readonly before: number) {}

  get seconds(): number {
    return this.before + (performance.now() - this.startedAt) / 1000;
  }
}
