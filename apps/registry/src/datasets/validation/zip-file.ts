import { crc32 } from 'node:zlib';
import type { DatasetFinding } from '@kernelcast/contracts';
import yauzl from 'yauzl';
import { checkEntry, checkTotals } from './archive-checks.js';
import type { DatasetLimits } from '../dataset-limits.js';
import { fault } from './findings.js';

const ENCRYPTED = 0x1;
const NOTHING = Buffer.alloc(0);

/** An archive whose directory has been looked through. */
export interface OpenZip {
  readonly zip: yauzl.ZipFile;
  /** Files and folders by their names. */
  readonly entries: ReadonlyMap<string, yauzl.Entry>;
  readonly findings: readonly DatasetFinding[];
}

/**
 * Opens a zip as hostile input and checks its directory (names, sizes, ratios, overlaps), reading no file. The caller
 * closes `zip`.
 */
export const openZip = async (path: string, limits: DatasetLimits): Promise<OpenZip | DatasetFinding> => {
  const zip = await open(path);
  return zip instanceof yauzl.ZipFile ? { zip, ...(await listEntries(zip, limits)) } : zip;
};

const open = (path: string): Promise<yauzl.ZipFile | DatasetFinding> =>
  new Promise((resolve) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) =>
      resolve(error ? fault('not_a_zip', '', error.message) : zip),
    );
  });

type Listing = Pick<OpenZip, 'entries' | 'findings'>;

const listEntries = (zip: yauzl.ZipFile, limits: DatasetLimits): Promise<Listing> => {
  const entries: yauzl.Entry[] = [];
  const findings: DatasetFinding[] = [];
  const listing = (...more: DatasetFinding[]): Listing => ({
    entries: new Map(entries.map((entry) => [entry.fileName, entry])),
    findings: [...findings, ...more],
  });
  if (zip.entryCount > limits.entries) {
    const detail = `${zip.entryCount} entries, more than ${limits.entries}`;
    return Promise.resolve(listing(fault('too_many_files', '', detail)));
  }
  return new Promise((resolve) => {
    zip.on('error', (error: Error) => resolve(listing(directoryFault(error))));
    zip.on('end', () => resolve(listing(...checkTotals(entries.map(describe), zip.fileSize, limits))));
    zip.on('entry', (entry: yauzl.Entry) => {
      const finding = checkEntry(describe(entry), limits);
      if (finding) findings.push(finding);
      entries.push(slim(entry));
      zip.readEntry();
    });
    zip.readEntry();
  });
};

/** Lets go of what nobody reads: of 200,000 entries it would hold hundreds of megabytes. */
const slim = (entry: yauzl.Entry): yauzl.Entry =>
  Object.assign(entry, { fileNameRaw: NOTHING, extraFieldRaw: NOTHING, fileCommentRaw: NOTHING, extraFields: [] });

const describe = (entry: yauzl.Entry) => ({
  name: entry.fileName,
  compressedSize: entry.compressedSize,
  uncompressedSize: entry.uncompressedSize,
  encrypted: (entry.generalPurposeBitFlag & ENCRYPTED) !== 0,
});

/** The reader itself refuses absolute and climbing paths, by messages of which these are the starts. */
const directoryFault = ({ message }: Error): DatasetFinding => {
  const [, file] =
    /^(?:absolute path|invalid relative path|invalid characters in fileName): (.*)$/s.exec(message) ?? [];
  if (file === undefined) return fault('not_a_zip', '', message);
  return fault('path_traversal', file.replace(/\p{Cc}/gu, '\uFFFD'), 'not a plain relative path');
};

/** Opens a file of the archive. Reading fails when it holds more or less than it claims. */
export const openEntry = (zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<NodeJS.ReadableStream> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream)));
  });

/**
 * Unpacks a file into memory; its claimed size has been checked against the limit.
 * @throws Error when its size or checksum is another than the directory says
 */
export const readEntry = async (zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of await openEntry(zip, entry)) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  if (crc32(bytes) !== entry.crc32) throw new Error('the checksum does not match');
  return bytes;
};
