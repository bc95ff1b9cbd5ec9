/** Images in memory, all of one size. */
export interface ImageSet {
  /** uint8 `[count, h, w, 3]`, row by row. */
  readonly images: Uint8Array;
  /** Index into the dataset's labels, per image. */
  readonly labels: Uint16Array;
  readonly count: number;
}

/** Images that stay in their archive and are decoded when they are needed. */
export interface ImageFiles {
  /** Path of the zip file, which must stay as it is. */
  readonly archive: string;
  /** Entries of the archive, one per image. */
  readonly names: readonly string[];
  /** Size to decode to, in pixels. */
  readonly height: number;
  readonly width: number;
  /** Index into the dataset's labels, per image. */
  readonly labels: Uint16Array;
  readonly count: number;
}

/** Labelled images, wherever they are; `openImages` reads both kinds alike. */
export type Images = ImageSet | ImageFiles;

export interface Dataset {
  /** Names of the classes, sorted. */
  readonly labels: readonly string[];
  readonly train: Images;
  /** Held-out images; no training step sees them. */
  readonly test: Images;
}

/** A dataset that is in memory as a whole. */
export interface LoadedDataset extends Dataset {
  readonly train: ImageSet;
  readonly test: ImageSet;
}
