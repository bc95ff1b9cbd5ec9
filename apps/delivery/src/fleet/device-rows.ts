import { deviceIdOf, hashOfKey, KEY_WORDS } from './device-key.js';
import type { DeviceKey } from './device-key.js';

/** Rows of a chunk: 720 kB, little enough to be made (and zeroed) within a millisecond. */
const CHUNK_ROWS = 8_192;
const CHUNK_SHIFT = 13;

/** Where the fields of a row are, in words of four bytes; the floor takes two, at an even place. */
const EPOCH = 4;
const TRAITS = 5;
const MEMBERSHIP = 6;
const PLAN = 7;
const STATE = 8;
const SEEN = 9;
const FLOOR = 10;
const CREDENTIAL_EPOCH = 12;
const CREDENTIAL_EXPIRY = 13;
const MAC = 14;
const MAC_WORDS = 8;
const ROW_WORDS = 22;

const REVOKED = 1;
const UNWRITTEN = 2;
const BASE_SHIFT = 2;

const EMPTY = new Uint32Array(0);

/** A credential that was verified: that this text was seen to carry the right MAC, not that it still holds. */
export interface VerifiedCredential {
  readonly epoch: number;
  /** Unix seconds. */
  readonly expiry: number;
  /** HMAC-SHA256 as eight words. */
  readonly mac: Uint32Array;
}

/** What is kept of every device, 88 bytes each, in chunks of plain memory that the garbage collector does not walk. */
export class DeviceRows {
  private readonly chunks: Uint32Array[] = [];
  private readonly floors: Float64Array[] = [];
  /** First of the rows given back, each of which holds the next (plus one) in its first word. */
  private free = 0;
  private used = 0;

  /** Takes a row, all zero but for the key. */
  take(key: DeviceKey): number {
    const row = this.free > 0 ? this.free - 1 : this.used++;
    if (row >> CHUNK_SHIFT === this.chunks.length) this.grow();
    const chunk = this.chunk(row);
    const at = this.at(row);
    if (this.free > 0) this.free = chunk[at] ?? 0;
    chunk.fill(0, at, at + ROW_WORDS);
    chunk.set(key.subarray(0, KEY_WORDS), at);
    return row;
  }

  give(row: number): void {
    const chunk = this.chunk(row);
    const at = this.at(row);
    chunk.fill(0, at, at + ROW_WORDS);
    chunk[at] = this.free;
    this.free = row + 1;
  }

  hasKey(row: number, key: DeviceKey): boolean {
    const chunk = this.chunk(row);
    const at = this.at(row);
    return chunk[at + 3] === key[3] && chunk[at + 2] === key[2] && chunk[at + 1] === key[1] && chunk[at] === key[0];
  }

  hashOf(row: number): number {
    const chunk = this.chunk(row);
    const at = this.at(row);
    return hashOfKey(chunk[at] ?? 0, chunk[at + 1] ?? 0, chunk[at + 2] ?? 0, chunk[at + 3] ?? 0);
  }

  idOf(row: number): string {
    const at = this.at(row);
    return deviceIdOf(this.chunk(row).subarray(at, at + KEY_WORDS));
  }

  epoch(row: number): number {
    return this.get(row, EPOCH);
  }

  setStanding(row: number, epoch: number, revoked: boolean): void {
    this.set(row, EPOCH, epoch);
    this.setTrait(row, REVOKED, revoked);
  }

  isRevoked(row: number): boolean {
    return (this.get(row, TRAITS) & REVOKED) !== 0;
  }

  /** Whether its last-seen time waits to be written. */
  isUnwritten(row: number): boolean {
    return (this.get(row, TRAITS) & UNWRITTEN) !== 0;
  }

  setUnwritten(row: number, unwritten: boolean): void {
    this.setTrait(row, UNWRITTEN, unwritten);
  }

  base(row: number): number {
    return this.get(row, TRAITS) >>> BASE_SHIFT;
  }

  setBase(row: number, base: number): void {
    const traits = this.get(row, TRAITS) & (REVOKED | UNWRITTEN);
    this.set(row, TRAITS, ((base << BASE_SHIFT) | traits) >>> 0);
  }

  membership(row: number): number {
    return this.get(row, MEMBERSHIP);
  }

  setMembership(row: number, membership: number): void {
    this.set(row, MEMBERSHIP, membership);
  }

  /** Number of the plan that decided what the device runs; 0 before any did. */
  plan(row: number): number {
    return this.get(row, PLAN);
  }

  /** Which of that plan's states it is. */
  state(row: number): number {
    return this.get(row, STATE);
  }

  setDecision(row: number, plan: number, state: number): void {
    this.set(row, PLAN, plan);
    this.set(row, STATE, state);
  }

  /** Unix seconds; 0 when it was not seen since the start. */
  seen(row: number): number {
    return this.get(row, SEEN);
  }

  setSeen(row: number, seconds: number): void {
    this.set(row, SEEN, seconds);
  }

  /** Lowest version that a manifest of the device may have. */
  floor(row: number): number {
    return this.floors[row >> CHUNK_SHIFT]?.[(this.at(row) + FLOOR) >> 1] ?? 0;
  }

  setFloor(row: number, version: number): void {
    const floors = this.floors[row >> CHUNK_SHIFT];
    if (floors !== undefined) floors[(this.at(row) + FLOOR) >> 1] = version;
  }

  /** Whether this very credential was verified before. The time taken does not depend on where two MACs differ. */
  isVerified(row: number, { epoch, expiry, mac }: VerifiedCredential): boolean {
    const chunk = this.chunk(row);
    const at = this.at(row);
    let difference = ((chunk[at + CREDENTIAL_EPOCH] ?? 0) ^ epoch) | ((chunk[at + CREDENTIAL_EXPIRY] ?? 0) ^ expiry);
    for (let i = 0; i < MAC_WORDS; i++) difference |= (chunk[at + MAC + i] ?? 0) ^ (mac[i] ?? 0);
    return difference === 0;
  }

  /** Remembers the last credential of a device that was verified; it is asked for by its whole text alone. */
  setVerified(row: number, { epoch, expiry, mac }: VerifiedCredential): void {
    this.set(row, CREDENTIAL_EPOCH, epoch);
    this.set(row, CREDENTIAL_EXPIRY, expiry);
    this.chunk(row).set(mac.subarray(0, MAC_WORDS), this.at(row) + MAC);
  }

  private get(row: number, field: number): number {
    return this.chunk(row)[this.at(row) + field] ?? 0;
  }

  private set(row: number, field: number, value: number): void {
    this.chunk(row)[this.at(row) + field] = value;
  }

  private setTrait(row: number, trait: number, on: boolean): void {
    const traits = this.get(row, TRAITS);
    this.set(row, TRAITS, (on ? traits | trait : traits & ~trait) >>> 0);
  }

  private chunk(row: number): Uint32Array {
    return this.chunks[row >> CHUNK_SHIFT] ?? EMPTY;
  }

  private at(row: number): number {
    return (row & (CHUNK_ROWS - 1)) * ROW_WORDS;
  }

  private grow(): void {
    const chunk = new Uint32Array(CHUNK_ROWS * ROW_WORDS);
    this.chunks.push(chunk);
    this.floors.push(new Float64Array(chunk.buffer));
  }
}
