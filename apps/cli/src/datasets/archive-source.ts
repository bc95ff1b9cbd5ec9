import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { listFolder, type FolderFile } from './list-folder.js';

/** An archive that can be sent more than once: every `open` gives the same bytes. */
export interface ArchiveSource {
  /** Bytes of the whole. */
  readonly size: number;
  readonly images?: number;
  /** Names the content well enough to find an unfinished upload of it; the digest at the end is the proof. */
  readonly fingerprint: string;
  open(): Readable;
}

/** The same files give the same bytes, wherever and whenever they are sent. */
const ZIP_TIME = new Date(Date.UTC(2000, 0, 1));
const ZIP_MODE = 0o100644;

/** A zip file as it is, or a folder of class folders as a zip that is made while it is sent, without compression. */
export const openSource = async (path: string): Promise<ArchiveSource> => {
  const info = await stat(path).catch((cause: unknown) => {
    throw new Error(`There is no file or folder ${path}`, { cause });
  });
  if (info.isDirectory()) return folderSource(await listFolder(path));
  const fingerprint = fingerprintOf('zip', [`${info.size} ${info.mtimeMs}`]);
  return { size: info.size, fingerprint, open: () => createReadStream(path) };
};

const folderSource = async (files: readonly FolderFile[]): Promise<ArchiveSource> => {
  const described = files.map(({ name, size, mtimeMs }) => `${name} ${size} ${mtimeMs}`);
  return {
    size: await zipSize(files),
    images: files.length,
    fingerprint: fingerprintOf('folder', described),
    open: () => {
      const zip = addAll(files);
      const output = zip.outputStream as unknown as Readable;
      zip.on('error', (error) => output.destroy(error as Error));
      zip.end();
      return output;
    },
  };
};

const addAll = (files: readonly FolderFile[]): ZipFile => {
  const zip = new ZipFile();
  for (const { name, path, size } of files) {
    // Opened when its turn comes: there may be more files than a process can hold open.
    zip.addReadStreamLazy(name, { mtime: ZIP_TIME, mode: ZIP_MODE, compress: false, size }, (done) =>
      done(null, createReadStream(path)),
    );
  }
  return zip;
};

/** Known before anything is read: nothing is compressed. */
const zipSize = (files: readonly FolderFile[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const zip = new ZipFile();
    const nothing = () => Readable.from([]);
    for (const { name, size } of files)
      zip.addReadStreamLazy(name, { mtime: ZIP_TIME, mode: ZIP_MODE, compress: false, size }, () => nothing());
    zip.on('error', reject);
    // It is called with the size, which its types do not say; -1 when the size cannot be told.
    zip.end({ forceZip64Format: false, comment: '' }, (...known: unknown[]) => {
      const [size] = known;
      if (typeof size === 'number' && size >= 0) resolve(size);
      else reject(new Error('the size cannot be told'));
    });
  });

const fingerprintOf = (kind: string, lines: readonly string[]): string => {
  const hash = createHash('sha256').update(kind);
  for (const line of lines) hash.update(`\n${line}`);
  return `${kind}:${hash.digest('hex')}`;
};
