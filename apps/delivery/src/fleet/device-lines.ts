import { digestSchema } from '@kernelcast/contracts';
import { DEVICE_ID_LENGTH, KEY_WORDS, readDeviceKey } from './device-key.js';
import type { DeviceKey } from './device-key.js';
import type { DeviceTraits } from './fleet.types.js';

/**
 * Devices as lines of `COPY` in text format: id, epoch, whether it is revoked, its groups (home first) by commas, and
 * its bases. None of these values holds a character that the format would escape.
 */
export const DEVICE_LINES = `
  SELECT id, epoch, state = 'revoked', group_id, base_digests FROM devices`;

const TAB = 9;
const NEWLINE = 10;
const ZERO = 48;
const NINE = 57;
const TRUE = 116;

export interface DeviceLine<T> {
  /** Of the reader: the next line is read into it. */
  readonly key: DeviceKey;
  readonly epoch: number;
  readonly revoked: boolean;
  readonly traits: T;
}

/**
 * Reads such lines. What many devices share (their groups and bases) is understood once for each distinct text, so a
 * line costs one string and no more.
 */
export class DeviceLines<T> {
  private readonly known = new Map<string, T>();
  private readonly key: DeviceKey = new Uint32Array(KEY_WORDS);

  /** @param intern what to keep of the traits that devices share */
  constructor(private readonly intern: (traits: DeviceTraits) => T) {}

  /** @throws RangeError for a line that is none of {@link DEVICE_LINES} */
  read(line: Uint8Array): DeviceLine<T> {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
    let at = DEVICE_ID_LENGTH;
    if (!readDeviceKey(bytes, 0, this.key) || bytes[at++] !== TAB) throw malformed(bytes);
    let epoch = 0;
    for (; isDigit(bytes[at]); at++) epoch = epoch * 10 + (bytes[at] ?? ZERO) - ZERO;
    const revoked = bytes[at + 1] === TRUE;
    if (bytes[at] !== TAB || bytes[at + 2] !== TAB) throw malformed(bytes);
    const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
    const text = bytes.toString('latin1', at + 3, end);
    return { key: this.key, epoch, revoked, traits: this.known.get(text) ?? this.understand(text) };
  }

  private understand(text: string): T {
    const [groups = '', bases = ''] = text.split('\t');
    const [groupId = '', ...selectorGroups] = groups.split(',');
    const digests = bases.slice(1, -1).split(',');
    const traits = this.intern({ groupId, selectorGroups, baseDigests: digests.map((d) => digestSchema.parse(d)) });
    this.known.set(text, traits);
    return traits;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

function malformed(bytes: Buffer): RangeError {
  return new RangeError(`not a line of a device: ${bytes.toString('latin1', 0, 80)}`);
}
