import { errorCatalogue, type Problem } from '@kernelcast/contracts';
import type { AppError } from './app-error.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** Problem details (RFC 9457) of a refusal. `type` is a URN: it names the problem, there is nothing to fetch. */
export const toProblem = (error: AppError, requestId: string): Problem => ({
  type: `urn:kernelcast:problem:${error.code}`,
  title: errorCatalogue[error.code].title,
  status: error.status,
  detail: error.detail,
  code: error.code,
  requestId,
  ...(error.errors ? { errors: [...error.errors] } : {}),
});
