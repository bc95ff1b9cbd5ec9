import { BackendError } from '@kernelcast/compute';
import { ModulatorMismatchError } from '@kernelcast/km';
import { DatasetError, ImageError } from '@kernelcast/nets/node';

/** An error on its way to another thread, which would lose all but its message. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Properties of its own that are plain values, its code among them. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: SentError;
}

/** What may go wrong on a thread and has a class of its own. */
const CLASSES: readonly (new (...values: never[]) => Error)[] = [
  BackendError,
  DatasetError,
  ImageError,
  ModulatorMismatchError,
  RangeError,
  TypeError,
];

/** What of an error other threads can have. */
export function sendable(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), details: {} };
  const { name, message, stack, cause } = error;
  const details = Object.fromEntries(Object.entries(error).filter(([, value]) => isPlain(value)));
  return { name, message, stack, details, ...(cause instanceof Error ? { cause: sendable(cause) } : {}) };
}

/** The error as it was thrown, of the class that it had. */
export function received({ name, message, stack, details, cause }: SentError): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: received(cause) });
  const known = CLASSES.find((one) => one.name === name);
  // Constructors take other things than a message, and what they make of them is in `details` already.
  if (known) Object.setPrototypeOf(error, known.prototype as object);
  const all = Object.entries({ ...details, name, stack });
  for (const [key, value] of all) Object.defineProperty(error, key, { value, configurable: true, writable: true });
  return error;
}

function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
