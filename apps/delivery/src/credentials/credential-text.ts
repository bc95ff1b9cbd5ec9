import { DEVICE_ID_LENGTH, KEY_WORDS, readDeviceKey } from '../fleet/device-key.js';

/** As `issueCredential` writes it: `kcd1.<device id>.<epoch>.<expiry, Unix seconds>.<MAC>`. */
const PREFIX = Buffer.from('Bearer kcd1.', 'latin1');
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const LARGEST_WORD = 0xffffffff;
const NOT_A_NUMBER = -1;
const MAC_BYTES = 32;
/** Characters of 32 bytes in base64url, of whose last the two lowest bits are zero. */
const MAC_LENGTH = 43;
const NO_DIGIT = 255;
const BASE64URL = new Uint8Array(256).fill(NO_DIGIT);
for (const [value, digit] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].entries()) {
  BASE64URL[digit.charCodeAt(0)] = value;
}

/**
 * Reads the credential of an `Authorization` header from bytes, without a string or an object: one text for every
 * credential, so that equal fields mean equal texts. What it does not read (larger numbers, say) may be valid still:
 * that is for `verifyCredential` to say. Its fields are those of the last credential.
 */
export class CredentialText {
  readonly key = new Uint32Array(KEY_WORDS);
  readonly mac = new Uint32Array(MAC_BYTES / 4);
  epoch = 0;
  /** Unix seconds. */
  expiry = 0;
  private readonly macBytes = new Uint8Array(this.mac.buffer);
  private at = 0;

  read(bytes: Uint8Array, start: number, end: number): boolean {
    for (let i = 0; i < PREFIX.length; i++) if (bytes[start + i] !== PREFIX[i]) return false;
    const id = start + PREFIX.length;
    if (!readDeviceKey(bytes, id, this.key) || bytes[id + DEVICE_ID_LENGTH] !== DOT) return false;
    this.at = id + DEVICE_ID_LENGTH + 1;
    this.epoch = this.number(bytes);
    this.expiry = this.number(bytes);
    if (this.epoch < 0 || this.expiry <= 0 || end - this.at !== MAC_LENGTH) return false;
    return this.readMac(bytes);
  }

  /** A number without leading zeros that fits 32 bits, and the dot after it. */
  private number(bytes: Uint8Array): number {
    const start = this.at;
    let value = 0;
    for (let byte = bytes[this.at] ?? 0; byte >= ZERO && byte <= NINE; byte = bytes[++this.at] ?? 0) {
      value = value * 10 + byte - ZERO;
      if (value > LARGEST_WORD) return NOT_A_NUMBER;
    }
    const digits = this.at - start;
    if (digits === 0 || (digits > 1 && bytes[start] === ZERO) || bytes[this.at++] !== DOT) return NOT_A_NUMBER;
    return value;
  }

  private readMac(bytes: Uint8Array): boolean {
    let gathered = 0;
    let bits = 0;
    let faults = 0;
    let to = 0;
    for (let i = this.at; i < this.at + MAC_LENGTH; i++) {
      const digit = BASE64URL[bytes[i] ?? 0] ?? NO_DIGIT;
      faults |= digit & 0xc0;
      gathered = ((gathered << 6) | digit) & 0x3fff;
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      this.macBytes[to++] = gathered >> bits;
    }
    return faults === 0 && (gathered & 0b11) === 0;
  }
}
