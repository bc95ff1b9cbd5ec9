import type { ErrorCode } from '@kernelcast/contracts';
import { isDatabaseUnavailable, isTextRefused } from '@kernelcast/database';
import { isStorageUnavailable } from '@kernelcast/storage';

/** Codes for errors that come from below and are not faults of this service. */
export const classify = (error: unknown): ErrorCode | undefined => {
  if (isDatabaseUnavailable(error) || isStorageUnavailable(error)) return 'service_unavailable';
  return isTextRefused(error) ? 'validation_failed' : undefined;
};
