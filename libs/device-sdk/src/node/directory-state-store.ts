import path from 'node:path';
import { canonicalJson, digestOf, isDigest, MAX_MODULATOR_BYTES } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import type { DocumentName, PartialBlob, StateStore, StoredDocument } from '../state/state-store.js';
import { errnoOf, PRIVATE_FOLDER, realFileSystem, storing, syncFolder, unlessMissing, writeDurably } from './file-system.js'; // prettier-ignore
import type { FileSystem } from './file-system.js';
import { FilePartialBlob } from './file-partial-blob.js';

/** A document is refused unread beyond this; a state with 256 slots and full reports is a tenth of it. Bytes. */
const MAX_DOCUMENT_BYTES = 16 * 2 ** 20;
const BLOBS = 'blobs';
const PARTIALS = 'partials';

/**
 * A device's state in a folder:
 *
 * - `<document>.json` and `<document>.previous.json`: `{checksum, body}`, the checksum over the body's canonical JSON
 * - `blobs/<hex of the SHA-256>`, `partials/<hex>`
 *
 * A document is written under a temporary name, forced to the disk, then renamed after the copy before it has been
 * renamed: at every moment an intact copy has one of the two names.
 */
export class DirectoryStateStore implements StateStore {
  private constructor(
    private readonly folder: string,
    private readonly files: FileSystem,
  ) {}

  /** Opens a folder, made when it is not there. @throws DeviceError `disk_full` or `store_failed` */
  static async open(folder: string, files: FileSystem = realFileSystem): Promise<DirectoryStateStore> {
    await storing(`cannot use ${folder}`, async () => {
      for (const part of [BLOBS, PARTIALS]) {
        await files.mkdir(path.join(folder, part), { recursive: true, mode: PRIVATE_FOLDER });
      }
    });
    return new DirectoryStateStore(folder, files);
  }

  async readDocument(name: DocumentName): Promise<StoredDocument> {
    const copies: unknown[] = [];
    let damaged = false;
    for (const file of [this.current(name), this.previous(name)]) {
      const bytes = await storing(`cannot read ${file}`, () =>
        unlessMissing(this.readLimited(file, MAX_DOCUMENT_BYTES)),
      );
      if (bytes === undefined) continue;
      const body = await openDocument(bytes);
      if (body === undefined) damaged = true;
      else copies.push(body);
    }
    return { copies, damaged };
  }

  async writeDocument(name: DocumentName, value: object): Promise<void> {
    const current = this.current(name);
    await storing(`cannot write ${current}`, async () => {
      const temporary = `${current}.tmp`;
      try {
        await writeDurably(this.files, temporary, await sealDocument(value));
      } catch (error) {
        // Half of it must not stay on a disk that is full.
        await this.files.rm(temporary, { force: true }).catch(() => undefined);
        throw error;
      }
      await unlessMissing(this.files.rename(current, this.previous(name)));
      await this.files.rename(temporary, current);
      await syncFolder(this.files, this.folder);
    });
  }

  readBlob(digest: Digest): Promise<Uint8Array | undefined> {
    const file = this.blob(BLOBS, digest);
    return storing(`cannot read ${file}`, () => unlessMissing(this.readLimited(file, MAX_MODULATOR_BYTES)));
  }

  async removeBlob(digest: Digest): Promise<void> {
    const file = this.blob(BLOBS, digest);
    await storing(`cannot remove ${file}`, () => this.files.rm(file, { force: true }));
  }

  openPartial(digest: Digest): Promise<PartialBlob> {
    return FilePartialBlob.open(this.files, this.blob(PARTIALS, digest), this.blob(BLOBS, digest));
  }

  async retainBlobs(digests: ReadonlySet<Digest>): Promise<void> {
    const kept = new Set([...digests].map(hexOf));
    for (const part of [BLOBS, PARTIALS]) {
      const folder = path.join(this.folder, part);
      await storing(`cannot clear ${folder}`, async () => {
        for (const file of await this.files.readdir(folder)) {
          if (!kept.has(file)) await this.files.rm(path.join(folder, file), { force: true });
        }
      });
    }
  }

  /** What is too long, or lies on a bad sector, is read as damaged: there are other copies, or it is fetched anew. */
  private async readLimited(file: string, limit: number): Promise<Uint8Array> {
    const { size } = await this.files.stat(file);
    if (size > limit) return new Uint8Array(0);
    try {
      return await this.files.readFile(file);
    } catch (error) {
      if (errnoOf(error) === 'EIO') return new Uint8Array(0);
      throw error;
    }
  }

  private current(name: DocumentName): string {
    return path.join(this.folder, `${name}.json`);
  }

  private previous(name: DocumentName): string {
    return path.join(this.folder, `${name}.previous.json`);
  }

  private blob(part: string, digest: Digest): string {
    return path.join(this.folder, part, hexOf(digest));
  }
}

/** A digest becomes a file's name, so what is none must not. */
function hexOf(digest: Digest): string {
  if (!isDigest(digest)) throw new TypeError(`${String(digest)} is not a digest`);
  return digest.slice('sha256:'.length);
}

const checksumOf = (body: object): Promise<Digest> => digestOf(new TextEncoder().encode(canonicalJson(body)));

async function sealDocument(body: object): Promise<Uint8Array> {
  return new TextEncoder().encode(`${JSON.stringify({ checksum: await checksumOf(body), body })}\n`);
}

/** The body, or undefined when it is not as it was written. */
async function openDocument(bytes: Uint8Array): Promise<unknown> {
  try {
    const document: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof document !== 'object' || document === null || !('body' in document) || !('checksum' in document)) return;
    const { body, checksum } = document;
    if (typeof body !== 'object' || body === null) return;
    return checksum === (await checksumOf(body)) ? body : undefined;
  } catch {
    return undefined;
  }
}
