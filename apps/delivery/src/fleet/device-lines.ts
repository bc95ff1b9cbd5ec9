import { digestSchema } from '@kernelcast/contracts';
import { DEVICE_ID_LENGTH, KEY_WORDS, readDeviceKey } from './device-key.js';
import type { DeviceKey } from './device-key.js';
import type { DeviceTraits } from './fleet.types.js';

/**
 * Devices as lines of `COPY` in text format: id, epoch, lowest version of its manifests, fleet version at which its
 * groups changed, whether it is revoked, its groups (home first) by commas, and its bases. None of these values holds a
 * character that the format would escape.
 */
export const DEVICE_LINES = `
  SELECT id, epoch, version_floor, membership_at, state = 'revoked',
    concat_ws(',', group_id, joined.groups), base_digests
  FROM devices LEFT JOIN (
    SELECT device_id, string_agg(group_id, ',' ORDER BY group_id COLLATE "C") AS groups
    FROM device_group_members GROUP BY device_id
  ) AS joined ON joined.device_id = id`;

/** Columns of numbers that follow the id. */
const NUMBERS = 3;
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
  readonly versionFloor: number;
  readonly membershipAt: number;
  readonly traits: T;
}

/**
 * Reads such lines. What many devices share (their groups and bases) is understood once for each distinct text, so a
 * line costs one string and no more.
 */
export class DeviceLines<T> {
  private readonly known = new Map<string, T>();
  private readonly numbers = [0, 0, 0];
  private readonly key: DeviceKey = new Uint32Array(KEY_WORDS);

  /** @param intern what to keep of the traits that devices share */
  constructor(private readonly intern: (traits: DeviceTraits) => T) {}

  /** @throws RangeError for a line that is none of {@link DEVICE_LINES} */
  read(line: Uint8Array): DeviceLine<T> {
    const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
    let at = DEVICE_ID_LENGTH;
    if (!readDeviceKey(bytes, 0, this.key) || bytes[at++] !== TAB) throw malformed(bytes);
    for (let i = 0; i < NUMBERS; i++) at = this.readNumber(bytes, at, i);
    const revoked = bytes[at] === TRUE;
    if (bytes[at + 1] !== TAB) throw malformed(bytes);
    const end = bytes.at(-1) === NEWLINE ? bytes.length - 1 : bytes.length;
    const text = bytes.toString('latin1', at + 2, end);
    const [epoch = 0, versionFloor = 0, membershipAt = 0] = this.numbers;
    const traits = this.known.get(text) ?? this.understand(text);
    return { key: this.key, epoch, revoked, versionFloor, membershipAt, traits };
  }

  /** @returns where the next column begins */
  private readNumber(bytes: Buffer, start: number, index: number): number {
    let [at, number] = [start, 0];
    for (; isDigit(bytes[at]); at++) number = number * 10 + (bytes[at] ?? ZERO) - ZERO;
    if (at === start || bytes[at] !== TAB) throw malformed(bytes);
    this.numbers[index] = number;
    return at + 1;
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
