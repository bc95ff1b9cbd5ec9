/**
 * `delta_invalid`: bytes that are not the delta they claim to be, permanent by nature. `delta_unsuitable`: no delta can
 * tell one file from the other, as their tensors differ in name, shape or element type.
 */
export type DeltaErrorCode = 'delta_invalid' | 'delta_unsuitable';

export class DeltaError extends Error {
  constructor(
    readonly code: DeltaErrorCode,
    /** What is wrong, for a person. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${reason}`, options);
    this.name = 'DeltaError';
  }
}
