import { Prisma } from './generated/prisma/client.js';

/** Prisma's codes, https://www.prisma.io/docs/orm/reference/error-reference */
const UNIQUE_VIOLATION = 'P2002';
const RECORD_NOT_FOUND = 'P2025';
const TRANSACTION_CONFLICT = 'P2034';
/** Server not reachable, timed out, connection closed, pool exhausted, too many connections. */
const UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2037']);
/** The same faults as the driver and the operating system name them. */
const DRIVER_UNAVAILABLE =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|timeout exceeded when trying to connect|terminating connection|DatabaseNotReachable|ConnectionClosed|SocketTimeout/;

const isKnown = (error: unknown): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError;

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Columns of the violated constraint. The driver adapter keeps them in its own cause, Prisma's engines in `target`. */
const violatedColumns = (meta: Record<string, unknown> | undefined): string[] => {
  const adapter = meta?.['driverAdapterError'] as { cause?: { constraint?: { fields?: string[] } } } | undefined;
  const fields = adapter?.cause?.constraint?.fields ?? meta?.['target'];
  return Array.isArray(fields) ? fields.map((field) => String(field).replaceAll('"', '')) : [];
};

/**
 * Tells whether a write failed because another row has the same unique value; with `field` (a name of the Prisma
 * schema, e.g. `trainingJobId`), whether that field takes part in the violated constraint.
 */
export const isUniqueViolation = (error: unknown, field?: string): boolean => {
  if (!isKnown(error) || error.code !== UNIQUE_VIOLATION) return false;
  return field === undefined || violatedColumns(error.meta).some((column) => column === toSnakeCase(field));
};

/** Tells whether an update or delete of one row found no row (Prisma's P2025). */
export const isRecordNotFound = (error: unknown): boolean => isKnown(error) && error.code === RECORD_NOT_FOUND;

/** Tells whether the database broke off a transaction that may succeed when it is run again. */
export const isTransactionConflict = (error: unknown): boolean => isKnown(error) && error.code === TRANSACTION_CONFLICT;

/** Tells whether the database could not be asked at all: the same request may succeed when it is back. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (isKnown(error) && UNAVAILABLE.has(error.code)) return true;
  return error instanceof Error && DRIVER_UNAVAILABLE.test(`${error.name} ${error.message}`);
};
