/** A base network (its graph, its weights or both) breaks the format: nothing of it may be used. */
export class BaseNetworkError extends Error {
  readonly code = 'base_network_invalid';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Base network invalid: ${reason}`, options);
    this.name = 'BaseNetworkError';
  }
}
