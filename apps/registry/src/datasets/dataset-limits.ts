/** Bounds for archives of unknown origin. The trainer reads no more than this either. */
export interface DatasetLimits {
  /** Bytes of the zip. */
  readonly archiveBytes: number;
  /** Entries of any kind, folders included. */
  readonly entries: number;
  /** Uncompressed bytes of one file. A photo of a recent phone has 2-12 MB. */
  readonly fileBytes: number;
  /** Uncompressed bytes of all files. */
  readonly totalBytes: number;
  readonly classes: number;
  readonly labelCharacters: number;
  /** Uncompressed over compressed bytes of a file; images are compressed already, so theirs is about 1. */
  readonly ratio: number;
  /** Files below this size may be compressed by any ratio: an icon of one colour is no bomb. */
  readonly ratioFromBytes: number;
}

const MEBIBYTE = 1024 ** 2;

export const DATASET_LIMITS: DatasetLimits = {
  archiveBytes: 4096 * MEBIBYTE,
  entries: 200_000,
  fileBytes: 16 * MEBIBYTE,
  totalBytes: 4096 * MEBIBYTE,
  classes: 1000,
  labelCharacters: 100,
  ratio: 100,
  ratioFromBytes: MEBIBYTE,
};

/** A report longer than this helps nobody: the first findings say what is wrong. */
export const MAX_FINDINGS = 100;
