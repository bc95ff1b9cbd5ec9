import { ArtifactError, quote } from '../artifact.error.js';

/** Blocks of a tar archive (POSIX.1-1988 ustar; IEEE Std 1003.1, "pax", ustar interchange format). */
const BLOCK = 512;
const NAME = { at: 0, length: 100 };
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE_AT = 156;
const LINK = { at: 157, length: 100 };
const MAGIC = { at: 257, length: 6 };
const PREFIX = { at: 345, length: 155 };
const REGULAR_FILE = '0'.charCodeAt(0);
const SPACE = 0x20;
const encoder = new TextEncoder();

/** An archive of regular files, the same bytes for the same entries: no owner, no time, mode 0644. */
export function writeTar(entries: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, bytes] of entries) {
    blocks.push(headerOf(name, bytes.byteLength), bytes, new Uint8Array(padding(bytes.byteLength)));
  }
  blocks.push(new Uint8Array(2 * BLOCK));
  const tar = new Uint8Array(blocks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const block of blocks) {
    tar.set(block, at);
    at += block.byteLength;
  }
  return tar;
}

/**
 * The files of an archive, as views of its bytes. Everything but regular files is refused, names are only data: nothing
 * is written anywhere.
 *
 * @param tar hostile input
 * @param allowed which names there may be
 * @throws ArtifactError for what is cut off, has a wrong checksum, a name twice or that is not allowed, or is no file
 */
export function readTar(
  tar: Uint8Array,
  allowed: (name: string) => boolean,
  maxEntries: number,
): Map<string, Uint8Array> {
  // prettier-ignore
  const entries = new Map<string, Uint8Array>();
  for (let at = 0; ;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.byteLength < BLOCK) throw new ArtifactError('the archive is cut off: it has no end mark');
    if (header.every((byte) => byte === 0)) return entries;
    const { name, size } = parseHeader(header);
    const start = at + BLOCK;
    if (size > tar.byteLength - start) throw new ArtifactError(`the archive is cut off within ${quote(name)}`);
    if (!allowed(name)) throw new ArtifactError(`the archive holds ${quote(name)}, which is none of its files`);
    if (entries.has(name)) throw new ArtifactError(`the archive holds ${quote(name)} twice`);
    if (entries.size === maxEntries) throw new ArtifactError(`the archive holds more than ${maxEntries} files`);
    entries.set(name, tar.subarray(start, start + size));
    at = start + size + padding(size);
  }
}

function headerOf(name: string, size: number): Uint8Array {
  const bytes = encoder.encode(name);
  if (bytes.byteLength > NAME.length) throw new RangeError(`${name} is too long a name for an archive`);
  const header = new Uint8Array(BLOCK);
  header.set(bytes, NAME.at);
  const fields: [number, string][] = [
    [100, '0000644\0'],
    [108, '0000000\0'],
    [116, '0000000\0'],
    [SIZE.at, `${size.toString(8).padStart(SIZE.length - 1, '0')}\0`],
    [136, '00000000000\0'],
    [CHECKSUM.at, ' '.repeat(CHECKSUM.length)],
    [TYPE_AT, '0'],
    [MAGIC.at, 'ustar\0'],
    [263, '00'],
  ];
  for (const [at, text] of fields) header.set(encoder.encode(text), at);
  header.set(encoder.encode(`${sumOf(header).toString(8).padStart(6, '0')}\0 `), CHECKSUM.at);
  return header;
}

function parseHeader(header: Uint8Array): { name: string; size: number } {
  if (textAt(header, MAGIC).trimEnd() !== 'ustar') throw new ArtifactError('the archive is no ustar archive');
  if (octalAt(header, CHECKSUM) !== sumOf(header)) throw new ArtifactError('a header of the archive is damaged');
  const name = textAt(header, NAME);
  const isFile = header[TYPE_AT] === REGULAR_FILE && textAt(header, LINK) === '' && textAt(header, PREFIX) === '';
  if (!isFile) throw new ArtifactError(`the archive holds ${quote(name)}, which is no regular file`);
  return { name, size: octalAt(header, SIZE) };
}

/** Sum of a header's bytes, with its own field taken as spaces. */
function sumOf(header: Uint8Array): number {
  const inField = (index: number): boolean => index >= CHECKSUM.at && index < CHECKSUM.at + CHECKSUM.length;
  return header.reduce((sum, byte, index) => sum + (inField(index) ? SPACE : byte), 0);
}

function textAt(header: Uint8Array, { at, length }: { at: number; length: number }): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder('latin1').decode(end < 0 ? field : field.subarray(0, end));
}

function octalAt(header: Uint8Array, field: { at: number; length: number }): number {
  const text = textAt(header, field).trim();
  if (!/^[0-7]{1,11}$/.test(text)) throw new ArtifactError('a header of the archive holds no octal number');
  return parseInt(text, 8);
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
