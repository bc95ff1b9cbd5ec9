import type { ClassCount, DatasetFinding } from '@kernelcast/contracts';
import yauzl from 'yauzl';
import { checkEntry, checkTotals } from './archive-checks.js';
import { isLitter, layOut } from './dataset-layout.js';
import { DATASET_LIMITS, MAX_FINDINGS, type DatasetLimits } from './dataset-limits.js';
import { isImage, SIGNATURE_BYTES } from './image-signature.js';

/** What validation says of an archive. It is ready for training exactly if there are no findings. */
export interface ArchiveReport {
  readonly classes: ClassCount[];
  readonly images: number;
  readonly findings: DatasetFinding[];
}

const ENCRYPTED = 0x1;

/**
 * Validates a zip of class folders as hostile input: first its directory (names, sizes, ratios, overlaps), then its
 * layout, and only if all of that holds every file is unpacked, into nothing, to see that it starts as an image and
 * has the size it claims.
 *
 * @param path a complete local file
 */
export const validateArchive = async (path: string, limits = DATASET_LIMITS): Promise<ArchiveReport> => {
  const opened = await open(path);
  if (!(opened instanceof yauzl.ZipFile)) return invalid([opened]);
  try {
    const listed = await listEntries(opened, limits);
    if (listed.findings.length > 0) return invalid(listed.findings);
    const files = listed.entries.filter(({ fileName }) => !fileName.endsWith('/') && !isLitter(fileName));
    const { classes, findings } = layOut(
      files.map(({ fileName }) => fileName),
      limits,
    );
    if (findings.length > 0) return { ...invalid(findings), classes };
    return { classes, images: files.length, findings: await checkContents(opened, files) };
  } finally {
    opened.close();
  }
};

const invalid = (findings: DatasetFinding[]): ArchiveReport => ({
  classes: [],
  images: 0,
  findings: findings.slice(0, MAX_FINDINGS),
});

const open = (path: string): Promise<yauzl.ZipFile | DatasetFinding> =>
  new Promise((resolve) => {
    yauzl.open(path, { lazyEntries: true, autoClose: false, validateEntrySizes: true }, (error, zip) =>
      resolve(error ? { code: 'not_a_zip', file: '', detail: error.message } : zip),
    );
  });

interface Listing {
  readonly entries: yauzl.Entry[];
  readonly findings: DatasetFinding[];
}

const listEntries = (zip: yauzl.ZipFile, limits: DatasetLimits): Promise<Listing> => {
  if (zip.entryCount > limits.entries) {
    const detail = `${zip.entryCount} entries, more than ${limits.entries}`;
    return Promise.resolve({ entries: [], findings: [{ code: 'too_many_files', file: '', detail }] });
  }
  const entries: yauzl.Entry[] = [];
  const findings: DatasetFinding[] = [];
  return new Promise((resolve) => {
    zip.on('error', (error: Error) => resolve({ entries, findings: [...findings, directoryFault(error)] }));
    zip.on('end', () => {
      const totals = checkTotals(entries.map(describe), zip.fileSize, limits);
      resolve({ entries, findings: [...findings, ...totals] });
    });
    zip.on('entry', (entry: yauzl.Entry) => {
      const finding = checkEntry(describe(entry), limits);
      if (finding) findings.push(finding);
      entries.push(entry);
      zip.readEntry();
    });
    zip.readEntry();
  });
};

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
  if (file === undefined) return { code: 'not_a_zip', file: '', detail: message };
  return { code: 'path_traversal', file: file.replace(/\p{Cc}/gu, '\uFFFD'), detail: 'not a plain relative path' };
};

const checkContents = async (zip: yauzl.ZipFile, files: readonly yauzl.Entry[]): Promise<DatasetFinding[]> => {
  const findings: DatasetFinding[] = [];
  for (const entry of files) {
    const finding = await checkContent(zip, entry);
    if (finding) findings.push(finding);
    if (findings.length === MAX_FINDINGS) break;
  }
  return findings;
};

const checkContent = async (zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<DatasetFinding | undefined> => {
  const file = entry.fileName;
  try {
    const head = await readThrough(zip, entry);
    if (isImage(head)) return undefined;
    return { code: 'not_an_image', file, detail: 'neither PNG, JPEG nor WebP by its first bytes' };
  } catch (error) {
    return { code: 'not_a_zip', file, detail: error instanceof Error ? error.message : 'cannot be unpacked' };
  }
};

/** Unpacks a file to its end, which fails when it holds more or less than it claims, and gives its first bytes. */
const readThrough = (zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) return reject(error);
      let head = Buffer.alloc(0);
      stream.on('data', (chunk: Buffer) => {
        if (head.length < SIGNATURE_BYTES) head = Buffer.concat([head, chunk]).subarray(0, SIGNATURE_BYTES);
      });
      stream.on('error', reject);
      stream.on('end', () => resolve(head));
    });
  });
