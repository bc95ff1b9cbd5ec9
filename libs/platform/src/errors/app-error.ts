import { errorCatalogue, type ErrorCode } from '@kernelcast/contracts';

/** Where in the request the fault is, as a JSON pointer below `/body`, `/query` or `/params`, and what it is. */
export interface RequestFault {
  readonly pointer: string;
  readonly detail: string;
}

export interface AppErrorOptions extends ErrorOptions {
  readonly errors?: readonly RequestFault[];
  /** When the same request may succeed; answered as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/**
 * A refusal that the caller is told about: `code` decides status and title by the catalogue in the contracts, `detail`
 * says what is wrong this time, in words meant for the caller. Everything else that is thrown answers as `internal`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly RequestFault[] | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail?: string, { errors, retryAfterSeconds, ...options }: AppErrorOptions = {}) {
    const text = detail ?? errorCatalogue[code].title;
    super(text, options);
    this.name = 'AppError';
    this.code = code;
    this.detail = text;
    this.errors = errors;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }
}
