export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface CliErrorDetails {
  /** What the reader can do about it, one line. */
  readonly advice?: string;
  readonly exitCode?: ExitCode;
  readonly code?: string;
  readonly requestId?: string;
  readonly cause?: unknown;
}

/** An end of a command with what happened in one line, and what to do in another. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly advice: string | undefined;
  readonly exitCode: ExitCode;
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(message: string, { advice, exitCode, code, requestId, cause }: CliErrorDetails = {}) {
    super(message, { cause });
    this.advice = advice;
    this.exitCode = exitCode ?? EXIT.failed;
    this.code = code ?? 'failed';
    this.requestId = requestId;
  }
}

/** The command line itself is wrong. */
export class UsageError extends CliError {
  constructor(message: string, advice?: string) {
    super(message, { advice, exitCode: EXIT.usage, code: 'usage' });
  }
}
