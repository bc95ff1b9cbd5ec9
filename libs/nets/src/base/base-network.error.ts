/** What is wrong with the files of a base network, for programs. */
export type BaseNetworkFault =
  | 'malformed'
  | 'unsupported_layer'
  | 'wrong_shape'
  | 'missing_tensor'
  | 'unknown_tensor'
  | 'not_finite'
  | 'too_large'
  | 'missing_shard'
  | 'unknown_shard'
  | 'wrong_shard_size'
  | 'unknown_architecture';

export interface BaseNetworkErrorOptions extends ErrorOptions {
  /** `malformed` unless given. */
  readonly fault?: BaseNetworkFault;
  /** Name of the layer, tensor or file at fault, where it is one. */
  readonly subject?: string;
}

/** A base network (its graph, its weights or both) breaks the format: nothing of it may be used. */
export class BaseNetworkError extends Error {
  readonly code = 'base_network_invalid';
  readonly fault: BaseNetworkFault;
  readonly subject: string | undefined;

  constructor(
    /** What is wrong, for a person. */
    readonly reason: string,
    { fault = 'malformed', subject, ...options }: BaseNetworkErrorOptions = {},
  ) {
    super(`Base network invalid: ${reason}`, options);
    this.name = 'BaseNetworkError';
    this.fault = fault;
    this.subject = subject;
  }
}
