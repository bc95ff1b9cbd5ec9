/** A count is taken anew after this many times as long as it took: counting so uses at most a twentieth of a connection. */
const PACE = 20;
/** Rollouts whose counts are kept; what is not asked for any more goes first. */
const MAX_KEPT = 1000;

export interface Paced<T> {
  readonly counts: T;
  readonly countedAt: Date;
}

export interface Wanted {
  readonly id: string;
  /** What is counted for the id: a count of something else is of no use. */
  readonly of: string;
  /** A count that took less than these milliseconds is taken anew each time. */
  readonly cheapMs: number;
}

interface Kept<T> extends Paced<T> {
  readonly of: string;
  readonly tookMs: number;
}

/** Bounds what counting a large fleet costs, however many look: an expensive count is given again for a while. */
export class PacedCounts<T> {
  private readonly kept = new Map<string, Kept<T>>();
  private readonly running = new Map<string, Promise<Paced<T>>>();

  /** @param now Unix milliseconds */
  constructor(private readonly now: () => number = Date.now) {}

  get({ id, of, cheapMs }: Wanted, count: () => Promise<T>): Promise<Paced<T>> {
    const kept = this.kept.get(id);
    if (kept?.of === of && kept.tookMs >= cheapMs && this.now() - kept.countedAt.getTime() < PACE * kept.tookMs) {
      return Promise.resolve(kept);
    }
    const key = `${id} ${of}`;
    const running = this.running.get(key) ?? this.take(id, of, count).finally(() => this.running.delete(key));
    this.running.set(key, running);
    return running;
  }

  private async take(id: string, of: string, count: () => Promise<T>): Promise<Paced<T>> {
    const began = this.now();
    const counts = await count();
    const taken = { counts, countedAt: new Date(began), of, tookMs: this.now() - began };
    this.kept.delete(id);
    this.kept.set(id, taken);
    const [oldest] = this.kept.keys();
    if (this.kept.size > MAX_KEPT && oldest !== undefined) this.kept.delete(oldest);
    return taken;
  }
}
