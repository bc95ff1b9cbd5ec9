/** Protocol Buffers wire types (https://protobuf.dev/programming-guides/encoding/). */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** One field of a message, encoded. */
export type Field = Uint8Array;

function varint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no unsigned integer`);
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

const tag = (field: number, wireType: number): number[] => varint(field * 8 + wireType);

/** A whole number, not negative. */
export const int = (field: number, value: number): Field => Uint8Array.from([...tag(field, VARINT), ...varint(value)]);

/** Whole numbers, packed as proto3 does. */
export const ints = (field: number, values: readonly number[]): Field =>
  bytes(field, Uint8Array.from(values.flatMap(varint)));

export function float(field: number, value: number): Field {
  const encoded = new Uint8Array(4);
  new DataView(encoded.buffer).setFloat32(0, value, true);
  return join([Uint8Array.from(tag(field, FIXED32)), encoded]);
}

export function bytes(field: number, value: Uint8Array): Field {
  return join([Uint8Array.from([...tag(field, LENGTH_DELIMITED), ...varint(value.byteLength)]), value]);
}

export const text = (field: number, value: string): Field => bytes(field, new TextEncoder().encode(value));

export const message = (field: number, fields: readonly Field[]): Field => bytes(field, join(fields));

/** Fields one after the other: the body of a message. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
