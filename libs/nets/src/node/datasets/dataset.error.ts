/** A dataset breaks the layout or a limit: nothing of it is used. */
export class DatasetError extends Error {
  readonly code = 'dataset_invalid';

  constructor(
    reason: string,
    /** The entry at fault, where there is one. */
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(file === undefined ? `Dataset invalid: ${reason}` : `Dataset invalid: '${file}': ${reason}`, options);
    this.name = 'DatasetError';
  }
}
