const MEBIBYTE = 1024 ** 2;
const DAY_MS = 86_400_000;

/** Bounds of resumable uploads. */
export const UPLOAD_LIMITS = {
  /** Bytes of an object that holds a part, and so what a running request keeps in memory. */
  partBytes: 4 * MEBIBYTE,
  /** Parts of an upload: the largest archive has 1024 full ones; a client that sends crumbs runs out of them. */
  parts: 10_000,
  /** Unfinished uploads of one dataset. */
  openPerDataset: 20,
  /** Milliseconds without a byte after which a request counts as broken off. */
  silenceMs: 60_000,
  /** An unfinished upload is removed after this long without a new part, a finished one's record after its validation. */
  lifetimeMs: 3 * DAY_MS,
} as const;
