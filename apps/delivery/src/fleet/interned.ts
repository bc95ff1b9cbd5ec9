/** Numbers for values that many devices share, so that a row holds four bytes instead of the value. */
export class Interned<T> {
  private readonly values: T[] = [];
  private readonly numbers = new Map<string, number>();

  /** @param keyOf equal for equal values */
  constructor(private readonly keyOf: (value: T) => string) {}

  /** Every value, at its number. */
  get all(): readonly T[] {
    return this.values;
  }

  numberOf(value: T): number {
    const key = this.keyOf(value);
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    this.numbers.set(key, this.values.length);
    return this.values.push(value) - 1;
  }

  /** @throws RangeError for a number that was never given */
  at(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new RangeError(`${number} was not interned`);
    return value;
  }
}
