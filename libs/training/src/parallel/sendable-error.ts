// Apart from what receives errors, so that a thread that computes nothing need not load what computes.

/** An error on its way to another thread, which would lose all but its message. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Properties of its own that are plain values, its code among them. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: SentError;
}

/** What of an error other threads can have. */
export function sendable(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), details: {} };
  const { name, message, stack, cause } = error;
  const details = Object.fromEntries(Object.entries(error).filter(([, value]) => isPlain(value)));
  return { name, message, stack, details, ...(cause instanceof Error ? { cause: sendable(cause) } : {}) };
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
