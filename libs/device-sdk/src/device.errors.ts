/** Every reason why a device cannot do something, beside those of `TRUST_ERROR_CODES` and of the server's problems. */
export const DEVICE_ERROR_CODES = [
  'already_enrolled',
  'artifact_invalid',
  'base_mismatch',
  'blob_missing',
  'blob_tampered',
  'budget_exceeded',
  'clock_ahead',
  'disk_full',
  'download_failed',
  'golden_mismatch',
  'labels_mismatch',
  'network_unreachable',
  'not_enrolled',
  'response_invalid',
  'state_in_use',
  'statement_mismatch',
  'store_failed',
  'task_not_active',
] as const;
export type DeviceErrorCode = (typeof DEVICE_ERROR_CODES)[number];

/** Something a device refuses or cannot do. The code is stable: it is what a device reports. */
export class DeviceError extends Error {
  constructor(
    readonly code: DeviceErrorCode,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'DeviceError';
  }
}

/** An answer of the server other than success: its problem document (RFC 9457), as far as it could be read. */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    /** The problem's `code`, or `http_<status>` without one. */
    readonly code: string,
    readonly detail: string,
    /** From `Retry-After`; when the server asks to come back. */
    readonly retryAfterSeconds?: number,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'ServerError';
  }

  /** Whether the same request may succeed later without a change. */
  get retryable(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Code and text of anything thrown, for reports and events. Told by its fields: an error of another realm (a frame, a
 * worker, a library's own context) is no instance of this one's Error.
 */
export function describeError(error: unknown): { code: string; detail: string } {
  const { code: given, message: text }: { code?: unknown; message?: unknown } = Object(error);
  const code = typeof given === 'string' ? given : 'internal';
  const message = typeof text === 'string' ? text : String(error);
  return { code, detail: message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message };
}
