import type { ErrorCode } from '@kernelcast/contracts';
import { isDatabaseUnavailable, isObjectRemoved, isTextRefused } from '@kernelcast/database';
import { isStorageUnavailable } from '@kernelcast/storage';

/** Codes for errors that come from below and are not faults of this service. */
export const classify = (error: unknown): ErrorCode | undefined => {
  if (isDatabaseUnavailable(error) || isStorageUnavailable(error)) return 'service_unavailable';
  // Asked again, the request stores it again.
  if (isObjectRemoved(error)) return 'service_unavailable';
  return isTextRefused(error) ? 'validation_failed' : undefined;
};
