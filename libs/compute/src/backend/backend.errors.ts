/** No backend could be loaded, or not the one that was asked for. Permanent: trying again changes nothing. */
export class BackendError extends Error {
  readonly code = 'backend_unavailable';

  constructor(
    /** The backend that was asked for. */
    readonly backend: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`backend ${backend} is unavailable: ${reason}`, options);
    this.name = 'BackendError';
  }
}
