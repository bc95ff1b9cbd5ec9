/** A version in a slot, and the one before it, whose bytes a device keeps. */
export interface HeldVersion {
  readonly task: string;
  readonly version: number;
  readonly digest: string;
  readonly previous?: { readonly version: number; readonly digest: string };
}

/** What one device has installed, and what it could not. */
export interface Holding {
  readonly slots: Readonly<Record<string, HeldVersion>>;
  /** Digests that failed their self-test, sorted; not tried again while the manifest names them. */
  readonly failed: readonly string[];
}

export const NOTHING: Holding = { slots: {}, failed: [] };

/** Equal things kept once and named by a number: a hundred thousand devices hold a handful of different ones. */
export class Interned<T extends object> {
  private readonly values: T[] = [];
  private readonly numbers = new Map<string, number>();

  constructor(initial: readonly T[] = []) {
    for (const value of initial) this.intern(value);
  }

  /** The number of a value; equal JSON is an equal value. */
  intern(value: T): number {
    const key = JSON.stringify(value);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.values.length);
    return this.values.push(value) - 1;
  }

  /** @throws RangeError for a number that was never given */
  get(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new RangeError(`nothing has the number ${number}`);
    return value;
  }

  all(): readonly T[] {
    return this.values;
  }
}
