import { ArtifactError } from '../artifact.error.js';
import { isDigest } from '../digest/digest.js';
import type { Digest } from '../digest/digest.js';
import { readTar, writeTar } from './tar.js';

const MANIFEST = 'manifest.json';
/** For people and tools; a device believes nothing of it. */
const INDEX = 'bundle.json';
const BLOBS = 'blobs/';
const BLOB_PATTERN = /^blobs\/[0-9a-f]{64}$/;
/** A manifest has at most 256 slots; the manifest and the index come on top. */
const MAX_ENTRIES = 256 + 2;
/** Of a whole bundle, which is read into memory: far above 256 modulators of a usual size. */
export const MAX_BUNDLE_BYTES = 256 * 2 ** 20;

/** What is carried to a device: the manifest as it was signed, and the blobs it names. */
export interface BundleFiles {
  /** JSON of the flattened JWS. */
  readonly manifest: Uint8Array;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

/** Names of a bundle's files, as they lie in its folder or its archive. */
export function bundleEntries({ manifest, blobs }: BundleFiles, index: object): Map<string, Uint8Array> {
  const entries = new Map([
    [INDEX, new TextEncoder().encode(`${JSON.stringify(index, null, 2)}\n`)],
    [MANIFEST, manifest],
  ]);
  for (const [digest, bytes] of blobs) entries.set(BLOBS + digest.slice('sha256:'.length), bytes);
  return entries;
}

/** A bundle as one file. */
export function writeBundle(files: BundleFiles, index: object): Uint8Array {
  return writeTar(bundleEntries(files, index));
}

/**
 * The files of a bundle that came as an archive. Whether they are what they claim to be is not decided here: a blob's
 * digest is its name so far, and the manifest is unverified.
 *
 * @param bytes hostile input
 * @throws ArtifactError when it is no such archive, is cut off, too large, or holds anything else
 */
export function readBundle(bytes: Uint8Array): BundleFiles {
  if (bytes.byteLength > MAX_BUNDLE_BYTES) throw new ArtifactError(`a bundle has at most ${MAX_BUNDLE_BYTES} bytes`);
  return bundleFromEntries(readTar(bytes, isBundleEntry, MAX_ENTRIES));
}

/** Whether a bundle may hold a file of this name. */
export function isBundleEntry(name: string): boolean {
  return name === MANIFEST || name === INDEX || BLOB_PATTERN.test(name);
}

/** @throws ArtifactError without a manifest, or with too many files */
export function bundleFromEntries(entries: ReadonlyMap<string, Uint8Array>): BundleFiles {
  if (entries.size > MAX_ENTRIES) throw new ArtifactError(`a bundle has at most ${MAX_ENTRIES} files`);
  const manifest = entries.get(MANIFEST);
  if (manifest === undefined) throw new ArtifactError(`the bundle has no ${MANIFEST}`);
  const blobs = new Map<Digest, Uint8Array>();
  for (const [name, bytes] of entries) {
    const digest = `sha256:${name.slice(BLOBS.length)}`;
    if (name.startsWith(BLOBS) && isDigest(digest)) blobs.set(digest, bytes);
  }
  return { manifest, blobs };
}
