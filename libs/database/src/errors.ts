import { Prisma } from './generated/prisma/client.js';

/** Prisma's codes, https://www.prisma.io/docs/orm/reference/error-reference */
const UNIQUE_VIOLATION = 'P2002';
const RECORD_NOT_FOUND = 'P2025';
const TRANSACTION_CONFLICT = 'P2034';
/** Server not reachable, timed out, connection closed, no free connection, transaction gone with its connection. */
const UNAVAILABLE = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);
/** The same faults in the driver adapter's words. */
const ADAPTER_UNAVAILABLE = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections',
]);
/** SQLSTATE of a connection that failed (class 08), of too many of them, of a server that stops or is starting. */
const SQLSTATE_UNAVAILABLE = /^(08...|53300|57P0[1-3])$/;
/** Serialisation failure and deadlock: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SQLSTATE_CONFLICT = /^(40001|40P01)$/;

/** Postgres keeps no NUL characters, which JSON may hold. */
const TEXT_REFUSED = /invalid byte sequence for encoding|unsupported Unicode escape sequence/;

/** What the driver adapter knows about a failure; Prisma passes it on under `meta`. */
interface AdapterCause {
  readonly kind?: string;
  readonly originalCode?: string;
  readonly constraint?: { readonly fields?: readonly string[]; readonly index?: string };
  readonly table?: string;
}

const isKnown = (error: unknown): error is Prisma.PrismaClientKnownRequestError =>
  error instanceof Prisma.PrismaClientKnownRequestError;

const adapterCauseOf = (error: Prisma.PrismaClientKnownRequestError): AdapterCause => {
  const adapterError = error.meta?.['driverAdapterError'] as { cause?: AdapterCause } | undefined;
  return adapterError?.cause ?? {};
};

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Prisma names an index after its table and columns: `tasks_name_key`, `modulators_task_id_base_network_id_key`. */
const indexCovers = ({ table = '', constraint }: AdapterCause, column: string): boolean => {
  const index = constraint?.index ?? '';
  if (index.endsWith('_pkey')) return column === 'id';
  const columns = index.replace(new RegExp(`^${table}_`), '').replace(/_key$/, '');
  // `_id` may as well be the end of a foreign key's name, such as `project_id`.
  if (column === 'id') return columns === 'id' || columns.endsWith('_id_id');
  return `_${columns}_`.includes(`_${column}_`);
};

/**
 * Tells whether a write failed because another row has the same unique value; with `field` (a name of the Prisma
 * schema, e.g. `trainingJobId`), whether that field takes part in the violated constraint.
 */
export const isUniqueViolation = (error: unknown, field?: string): boolean => {
  if (!isKnown(error) || error.code !== UNIQUE_VIOLATION) return false;
  if (field === undefined) return true;
  const cause = adapterCauseOf(error);
  const column = toSnakeCase(field);
  return cause.constraint?.fields?.some((name) => name === column) ?? indexCovers(cause, column);
};

/** Tells whether an update or delete of one row found no row (Prisma's P2025). */
export const isRecordNotFound = (error: unknown): boolean => isKnown(error) && error.code === RECORD_NOT_FOUND;

/** Tells whether the database broke off a transaction that may succeed when it is run again. */
export const isTransactionConflict = (error: unknown): boolean =>
  isKnown(error) &&
  (error.code === TRANSACTION_CONFLICT || SQLSTATE_CONFLICT.test(adapterCauseOf(error).originalCode ?? ''));

/** Tells whether the database could not be asked at all: the same request may succeed when it is back. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  if (error instanceof Prisma.PrismaClientInitializationError) return true;
  if (!isKnown(error)) return false;
  const { kind = '', originalCode = '' } = adapterCauseOf(error);
  return UNAVAILABLE.has(error.code) || ADAPTER_UNAVAILABLE.has(kind) || SQLSTATE_UNAVAILABLE.test(originalCode);
};

/** Tells whether the database cannot keep a text of the request, such as one with a NUL character. */
export const isTextRefused = (error: unknown): boolean => error instanceof Error && TEXT_REFUSED.test(error.message);
