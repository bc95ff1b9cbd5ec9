import { hashOfKey } from './device-key.js';
import type { DeviceKey } from './device-key.js';
import { DeviceRows } from './device-rows.js';

/** Shards grow one by one, so that of a million devices a thousand are moved at a time: far below a millisecond. */
const SHARDS = 1_024;
const SHARD_SHIFT = 22;
const FIRST_CAPACITY = 8;
/** Of a shard's places; linear probing stays short below it. */
const HIGHEST_LOAD = 0.5;

/** No device has this row. */
export const NO_ROW = -1;

interface Shard {
  /** Row plus one, 0 for an empty place. */
  places: Uint32Array;
  count: number;
}

/** Finds the row of a device by its key: open addressing with linear probing over {@link DeviceRows}. */
export class DeviceTable {
  readonly rows = new DeviceRows();
  private readonly shards: Shard[] = Array.from({ length: SHARDS }, () => ({
    places: new Uint32Array(FIRST_CAPACITY),
    count: 0,
  }));
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** @returns the row, or {@link NO_ROW} */
  find(key: DeviceKey): number {
    const hash = hashOf(key);
    const { places } = this.shardOf(hash);
    const mask = places.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const place = places[at] ?? 0;
      if (place === 0) return NO_ROW;
      if (this.rows.hasKey(place - 1, key)) return place - 1;
    }
  }

  /** Takes a row for a key that the table does not hold. */
  insert(key: DeviceKey): number {
    const hash = hashOf(key);
    const shard = this.shardOf(hash);
    if (shard.count >= shard.places.length * HIGHEST_LOAD) this.grow(shard);
    const row = this.rows.take(key);
    put(shard.places, hash, row);
    shard.count++;
    this.count++;
    return row;
  }

  /** Gives a device's row back; what followed it in the chain of probing moves up (Knuth, TAOCP 3, 6.4 R). */
  remove(key: DeviceKey): void {
    const row = this.find(key);
    if (row === NO_ROW) return;
    const hash = hashOf(key);
    const shard = this.shardOf(hash);
    const { places } = shard;
    const mask = places.length - 1;
    let hole = hash & mask;
    while (places[hole] !== row + 1) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; places[at] !== 0; at = (at + 1) & mask) {
      const place = places[at] ?? 0;
      const home = this.rows.hashOf(place - 1) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      places[hole] = place;
      hole = at;
    }
    places[hole] = 0;
    shard.count--;
    this.count--;
    this.rows.give(row);
  }

  private shardOf(hash: number): Shard {
    const shard = this.shards[hash >>> SHARD_SHIFT];
    if (shard === undefined) throw new RangeError(`a hash of 32 bits has no shard ${hash >>> SHARD_SHIFT}`);
    return shard;
  }

  private grow(shard: Shard): void {
    const places = new Uint32Array(shard.places.length * 2);
    for (const place of shard.places) if (place !== 0) put(places, this.rows.hashOf(place - 1), place - 1);
    shard.places = places;
  }
}

function hashOf(key: DeviceKey): number {
  return hashOfKey(key[0] ?? 0, key[1] ?? 0, key[2] ?? 0, key[3] ?? 0);
}

function put(places: Uint32Array, hash: number, row: number): void {
  const mask = places.length - 1;
  let at = hash & mask;
  while (places[at] !== 0) at = (at + 1) & mask;
  places[at] = row + 1;
}
