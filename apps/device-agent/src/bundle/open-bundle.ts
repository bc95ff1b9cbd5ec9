import { constants } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ArtifactError, bundleFromEntries, isBundleEntry, MAX_BUNDLE_BYTES, readBundle } from '@kernelcast/artifact';
import type { BundleFiles, Digest } from '@kernelcast/artifact';
import { ServerError } from '@kernelcast/device-sdk';
import type { OfflineBundle } from '@kernelcast/device-sdk';

const BLOBS = 'blobs';
const NOT_FOUND = 404;

/**
 * Opens a bundle, a file or a folder; nothing of it is believed, and nothing but files of the names a bundle has is read.
 * @throws ArtifactError `artifact_invalid` when it is none; the file system's error when it cannot be read
 */
export async function openBundle(where: string): Promise<OfflineBundle> {
  const files = (await stat(where)).isDirectory() ? await readFolder(where) : readBundle(await readFile(where));
  return { manifest: files.manifest, openBlob: (digest, offset) => openBlob(files, digest, offset) };
}

/** Answers as a server would that sends the blob whole, which the download then checks. */
function openBlob({ blobs }: BundleFiles, digest: Digest, _offset: number): Promise<Response> {
  const bytes = blobs.get(digest);
  if (bytes === undefined) {
    return Promise.reject(new ServerError(NOT_FOUND, 'blob_not_found', `the bundle does not hold ${digest}`));
  }
  const headers = { 'content-length': String(bytes.byteLength) };
  return Promise.resolve(new Response(new Uint8Array(bytes), { headers }));
}

async function readFolder(folder: string): Promise<BundleFiles> {
  const below = async (name: string): Promise<string[]> => {
    const names = await readdir(path.join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.map((file) => (name === '' ? file : `${name}/${file}`));
  };
  const entries = new Map<string, Uint8Array>();
  let left = MAX_BUNDLE_BYTES;
  for (const name of [...(await below('')), ...(await below(BLOBS))]) {
    // What else lies on a stick is none of our business.
    if (!isBundleEntry(name)) continue;
    const bytes = await readFile(path.join(folder, name), left);
    left -= bytes.byteLength;
    entries.set(name, bytes);
  }
  return bundleFromEntries(entries);
}

/** A regular file of at most `limit` bytes; a link is not followed. */
async function readFile(file: string, limit = MAX_BUNDLE_BYTES): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size, mode } = await handle.stat();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new ArtifactError(`${file} is no regular file`);
    if (size > limit) throw new ArtifactError(`a bundle has at most ${MAX_BUNDLE_BYTES} bytes`);
    return new Uint8Array(await handle.readFile());
  } finally {
    await handle.close();
  }
}
