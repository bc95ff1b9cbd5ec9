/** Reasons of the device itself; refusals of manifests carry the codes of `TrustError`, answers of the server its own. */
export const DEVICE_ERROR_CODES = [
  'artifact_invalid',
  'base_mismatch',
  'blob_tampered',
  'golden_mismatch',
  'network_unreachable',
  'not_enrolled',
  'server_refused',
  'state_corrupt',
  'task_unknown',
] as const;
export type DeviceErrorCode = (typeof DEVICE_ERROR_CODES)[number];

/** Something the device would not or could not do; `code` is stable and is what it reports. */
export class DeviceError extends Error {
  constructor(
    readonly code: DeviceErrorCode,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'DeviceError';
  }
}

/** The server answered with a problem (RFC 9457). */
export class ServerRefusal extends DeviceError {
  constructor(
    readonly status: number,
    /** The server's own code, such as `credential_revoked`. */
    readonly problem: string,
    /** Seconds after which the server wants to be asked again. */
    readonly retryAfter: number | undefined,
    detail: string,
  ) {
    super('server_refused', `${status} ${problem}: ${detail}`);
    this.name = 'ServerRefusal';
  }

  /** Whether the same request may succeed later. */
  get transient(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** Whether trying again later, without any change here, makes sense. */
export function isTransient(error: unknown): boolean {
  if (error instanceof ServerRefusal) return error.transient;
  return error instanceof DeviceError && error.code === 'network_unreachable';
}

/** What is reported of an error: its stable code, `internal` for what nobody foresaw. */
export function codeOf(error: unknown): string {
  if (error instanceof ServerRefusal) return error.problem;
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'internal';
}
