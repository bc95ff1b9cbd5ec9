import yauzl from 'yauzl';
import { DatasetError } from './dataset.error.js';

/** A file in an archive. */
export interface ZipMember {
  readonly name: string;
  /** Size as declared; reading fails when the real one differs. */
  readonly size: number;
  read(): Promise<Uint8Array>;
}

export interface ZipLimits {
  /** Entries of any kind, folders included. */
  readonly entries: number;
  /** Uncompressed size of one file. */
  readonly fileBytes: number;
  /** Uncompressed size of all files together. */
  readonly totalBytes: number;
}

/** An open archive. Members can be read in any order until it is closed. */
export interface ZipArchive {
  readonly members: readonly ZipMember[];
  close(): void;
}

/** General purpose bit that marks an encrypted entry. */
const ENCRYPTED = 0x1;

/**
 * Opens a zip file and lists its files, without reading any.
 *
 * Names that are absolute, climb out by `..` or hold control characters are refused, as are entries used twice,
 * encrypted ones, and whatever exceeds `limits`: checked against the directory before anything is unpacked, and
 * by the unpacker against what really comes out, so a bomb stops at its declared size.
 * @throws {DatasetError} naming the entry.
 */
export async function openZip(path: string, limits: ZipLimits): Promise<ZipArchive> {
  const zip = await open(path);
  try {
    return { members: await listMembers(zip, limits), close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw error;
  }
}

function open(path: string): Promise<yauzl.ZipFile> {
  return new Promise((resolve, reject) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (cause, zip) => {
      if (cause) reject(new DatasetError(`no readable zip file: ${cause.message}`, undefined, { cause }));
      else resolve(zip);
    });
  });
}

function listMembers(zip: yauzl.ZipFile, limits: ZipLimits): Promise<ZipMember[]> {
  const members = new Map<string, ZipMember>();
  let total = 0;
  const accept = (entry: yauzl.Entry): void => {
    const { fileName: name, uncompressedSize: size } = entry;
    checkEntry(entry, limits);
    if (name.endsWith('/')) return;
    if (members.has(name)) throw new DatasetError('appears twice', name);
    total += size;
    if (total > limits.totalBytes) throw new DatasetError(`unpacks to more than ${limits.totalBytes} bytes`);
    members.set(name, { name, size, read: () => readEntry(zip, entry) });
  };
  return new Promise((resolve, reject) => {
    if (zip.entryCount > limits.entries) {
      reject(new DatasetError(`${zip.entryCount} entries, more than ${limits.entries}`));
      return;
    }
    zip.on('error', (cause: Error) => reject(new DatasetError(cause.message, undefined, { cause })));
    zip.on('end', () => resolve([...members.values()]));
    zip.on('entry', (entry: yauzl.Entry) => {
      try {
        accept(entry);
        zip.readEntry();
      } catch (error) {
        reject(error);
      }
    });
    zip.readEntry();
  });
}

function checkEntry(entry: yauzl.Entry, limits: ZipLimits): void {
  const { fileName: name, uncompressedSize: size } = entry;
  // Control characters would garble the logs and messages that quote the name.
  if (/\p{Cc}/u.test(name)) throw new DatasetError('control character in the name', JSON.stringify(name));
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) throw new DatasetError('encrypted', name);
  if (size > limits.fileBytes) throw new DatasetError(`${size} bytes, more than ${limits.fileBytes}`, name);
}

function readEntry(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Uint8Array> {
  const failed = (cause: Error): DatasetError => new DatasetError(cause.message, entry.fileName, { cause });
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) {
        reject(failed(error));
        return;
      }
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', (cause: Error) => reject(failed(cause)));
      stream.on('end', () => resolve(Buffer.concat(chunks)));
    });
  });
}
