import { HttpException } from '@nestjs/common';
import type { ErrorCode } from '@kernelcast/contracts';
import { ZodError } from 'zod';
import { AppError, type RequestFault } from './app-error.js';

/** Tells the code of an error that a library below threw, when it is not a fault of this service. */
export type ErrorClassifier = (error: unknown) => ErrorCode | undefined;

/** Statuses that Nest, Fastify and its plugins answer with by themselves, as codes of ours. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed_body',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'not_found',
  406: 'unsupported_media_type',
  413: 'body_too_large',
  414: 'validation_failed',
  415: 'unsupported_media_type',
  416: 'range_not_satisfiable',
  422: 'validation_failed',
  429: 'too_many_requests',
  503: 'service_unavailable',
};

/** A request with more faults than this is not a person's; the rest is cut off. */
const MAX_FAULTS = 20;

const escapePointer = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');

/** Faults of one part of the request as JSON pointers (RFC 6901). */
export const faultsOf = (error: ZodError, place: string): RequestFault[] =>
  error.issues.slice(0, MAX_FAULTS).map((issue) => ({
    pointer: [`/${place}`, ...issue.path.map(escapePointer)].join('/'),
    detail: issue.message,
  }));

const statusOf = (error: unknown): number | undefined => {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return error instanceof Error && typeof status === 'number' ? status : undefined;
};

/**
 * Turns whatever was thrown into the refusal to answer with. Messages of libraries are passed on only for faults of
 * the request (4xx); what went wrong inside stays inside, as the cause, for the log.
 */
export const toAppError = (error: unknown, classify?: ErrorClassifier): AppError => {
  if (error instanceof AppError) return error;
  const classified = classify?.(error);
  if (classified) return new AppError(classified, undefined, { cause: error });
  if (error instanceof ZodError)
    return new AppError('validation_failed', undefined, { errors: faultsOf(error, 'body'), cause: error });
  const code = CODE_OF_STATUS[statusOf(error) ?? 500];
  if (!code) return new AppError('internal', 'Something went wrong on our side.', { cause: error });
  const detail = code === 'service_unavailable' || !(error instanceof Error) ? undefined : error.message;
  return new AppError(code, detail, { cause: error });
};
