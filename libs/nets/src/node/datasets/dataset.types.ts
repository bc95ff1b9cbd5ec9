/** Images in memory, all of one size. */
export interface ImageSet {
  /** uint8 `[count, h, w, 3]`, row by row. */
  readonly images: Uint8Array;
  /** Index into the dataset's labels, per image. */
  readonly labels: Uint16Array;
  readonly count: number;
}

export interface LoadedDataset {
  /** Names of the classes, sorted. */
  readonly labels: readonly string[];
  readonly train: ImageSet;
  /** Held-out images; no training step sees them. */
  readonly test: ImageSet;
}
