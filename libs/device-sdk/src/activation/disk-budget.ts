import type { Digest } from '@kernelcast/artifact';

/** A blob that no slot needs any more, kept in case that it is wanted again. */
export interface RetiredBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Of blobs, needed and retired; a hundred versions of an ordinary task. */
export const DEFAULT_MAX_DISK_BYTES = 8 * 2 ** 20;

export interface DiskUse {
  /** Oldest first. */
  readonly retired: readonly RetiredBlob[];
  /** No longer needed, since just now. */
  readonly leaving: readonly RetiredBlob[];
  /** What slots run, would go back to, or are about to fetch: never given up, whatever it takes. */
  readonly needed: ReadonlyMap<Digest, number>;
  readonly maxBytes: number;
}

/** Which retired blobs stay: the latest ones, as many as the budget allows beside what is needed. Oldest first. */
export function retire({ retired, leaving, needed, maxBytes }: DiskUse): RetiredBlob[] {
  let left = [...needed.values()].reduce((rest, size) => rest - size, maxBytes);
  const kept = new Map<Digest, RetiredBlob>();
  for (const blob of [...retired, ...leaving].reverse()) {
    if (needed.has(blob.digest) || kept.has(blob.digest)) continue;
    left -= blob.size;
    if (left < 0) break;
    kept.set(blob.digest, blob);
  }
  return [...kept.values()].reverse();
}
