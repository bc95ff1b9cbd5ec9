/** 128 bits of a ULID as four words, the highest first. */
export type DeviceKey = Uint32Array;

export const KEY_WORDS = 4;
/** `dev_` and 26 digits of Crockford's base 32. */
export const DEVICE_ID_LENGTH = 30;

const PREFIX = 'dev_';
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const DIGIT_BITS = 5;
const WORD_BITS = 32;
/** 26 digits hold 130 bits, a ULID has 128: its first digit is at most 7. */
const HIGHEST_FIRST_DIGIT = 7;
const HIGHEST_DIGIT = 31;
const NO_DIGIT = 255;
/** Of the bits of `NO_DIGIT` one that no digit has. */
const NO_DIGIT_FLAG = 128;
const PREFIX_BYTES = Buffer.from(PREFIX, 'latin1');
const VALUES = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of [...DIGITS].entries()) VALUES[digit.charCodeAt(0)] = value;

const scratch = Buffer.alloc(DEVICE_ID_LENGTH);

/**
 * Reads a device id (`dev_` and a ULID: https://github.com/ulid/spec, canonical upper case alone, so that an id has
 * one text) from 30 bytes at `at`.
 * @returns false, and leaves `key` undefined, when it is none
 */
export function readDeviceKey(bytes: Uint8Array, at: number, key: DeviceKey): boolean {
  for (let i = 0; i < PREFIX_BYTES.length; i++) if (bytes[at + i] !== PREFIX_BYTES[i]) return false;
  let rest = 0;
  let bits = -2;
  let word = 0;
  let faults = 0;
  for (let i = at + PREFIX_BYTES.length; i < at + DEVICE_ID_LENGTH; i++) {
    const digit = VALUES[bytes[i] ?? NO_DIGIT] ?? NO_DIGIT;
    if (bits < 0 && digit > HIGHEST_FIRST_DIGIT) return false;
    faults |= digit;
    bits += DIGIT_BITS;
    if (bits < WORD_BITS) {
      rest = (rest << DIGIT_BITS) | digit;
      continue;
    }
    bits -= WORD_BITS;
    key[word++] = (rest << (DIGIT_BITS - bits)) | (digit >>> bits);
    rest = digit & ((1 << bits) - 1);
  }
  return faults < NO_DIGIT_FLAG;
}

/** The same of a string. */
export function parseDeviceKey(id: string, key: DeviceKey): boolean {
  if (id.length !== DEVICE_ID_LENGTH) return false;
  scratch.write(id, 0, 'latin1');
  // A character beyond Latin-1 loses its upper byte on the way and could pass for a digit.
  return readDeviceKey(scratch, 0, key) && scratch.toString('latin1') === id;
}

/** The text of a key. */
export function deviceIdOf(key: ArrayLike<number>): string {
  let text = PREFIX;
  let rest = 0;
  let bits = 2;
  for (let at = 0; at < KEY_WORDS; at++) {
    const word = key[at] ?? 0;
    let left = WORD_BITS - DIGIT_BITS + bits;
    text += DIGITS.charAt((rest << (DIGIT_BITS - bits)) | (word >>> left));
    while (left >= DIGIT_BITS) {
      left -= DIGIT_BITS;
      text += DIGITS.charAt((word >>> left) & HIGHEST_DIGIT);
    }
    rest = word & ((1 << left) - 1);
    bits = left;
  }
  return text;
}

/** 32 well mixed bits of a key (finaliser of MurmurHash3, public domain): also of keys made in one millisecond. */
export function hashOfKey(w0: number, w1: number, w2: number, w3: number): number {
  let h = Math.imul(w3 ^ Math.imul(w2, 0x9e3779b1) ^ Math.imul(w1, 0x85ebca77) ^ w0, 0xcc9e2d51);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
