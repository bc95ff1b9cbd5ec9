import type { ErrorCode } from '@kernelcast/contracts';
import { isDatabaseUnavailable } from '@kernelcast/database';
import { isStorageUnavailable } from '@kernelcast/storage';

/** Postgres keeps no NUL characters; JSON may hold them. */
const NUL_IN_TEXT = /invalid byte sequence for encoding|unsupported Unicode escape sequence/;

/** Codes for errors that come from below and are not faults of this service. */
export const classify = (error: unknown): ErrorCode | undefined => {
  if (isDatabaseUnavailable(error) || isStorageUnavailable(error)) return 'service_unavailable';
  return error instanceof Error && NUL_IN_TEXT.test(error.message) ? 'validation_failed' : undefined;
};
