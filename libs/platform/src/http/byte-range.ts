/** Both ends inclusive, as in RFC 9110. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Room for two numbers far beyond any blob's size; a longer header is not a range we serve. */
const SINGLE_RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * Reads a `Range` header (RFC 9110, section 14) against a representation of `size` bytes.
 *
 * @returns the range; `'whole'` when there is none or it is one that a server may ignore (several ranges, another
 *   unit, a malformed one); `'unsatisfiable'` when no byte lies in it
 */
export const parseRange = (header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' => {
  const [matched, first = '', last = ''] = SINGLE_RANGE.exec(header?.trim() ?? '') ?? [];
  if (matched === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') return suffix(Number(last), size);
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
};

/** The last `length` bytes. */
const suffix = (length: number, size: number): ByteRange | 'unsatisfiable' =>
  length === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 };
