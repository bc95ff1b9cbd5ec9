/** A file that should be an image is none, or one that we refuse to decode. */
export class ImageError extends Error {
  readonly code = 'image_invalid';

  constructor(
    reason: string,
    /** Name of the file, where it has one. */
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(file === undefined ? `Image invalid: ${reason}` : `Image '${file}' invalid: ${reason}`, options);
    this.name = 'ImageError';
  }
}
