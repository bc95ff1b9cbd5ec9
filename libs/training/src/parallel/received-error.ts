import { BackendError } from '@kernelcast/compute';
import { ModulatorMismatchError } from '@kernelcast/km';
import { DatasetError, ImageError } from '@kernelcast/nets/node';
import type { SentError } from './sendable-error.js';

/** What may go wrong on a thread and has a class of its own. */
const CLASSES: readonly (new (...values: never[]) => Error)[] = [
  BackendError,
  DatasetError,
  ImageError,
  ModulatorMismatchError,
  RangeError,
  TypeError,
];

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
