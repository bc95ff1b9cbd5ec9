/** All images of one class. */
export interface ClassImages {
  readonly name: string;
  /** What the class belongs to, such as the alphabet of a character. */
  readonly group?: string;
  /** uint8 `[count, h, w, 3]`, row by row. */
  readonly images: Uint8Array;
  readonly count: number;
}
