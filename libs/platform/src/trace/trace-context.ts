import { randomBytes } from 'node:crypto';

/** A place in a trace (W3C Trace Context, https://www.w3.org/TR/trace-context/). */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, the same for all that one request brings about. */
  readonly traceId: string;
  /** 16 of them: who it was handed on by. */
  readonly spanId: string;
  /** 2 of them; the lowest bit says that the caller records the trace. */
  readonly flags: string;
}

const TRACE_BYTES = 16;
const SPAN_BYTES = 8;
const NOT_SAMPLED = '00';
/** Versions after 00 may add fields behind a hyphen; ff is no version. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const FIRST_VERSION = '00';

/** Random bytes that are not all zero, which would say "none". */
const randomId = (bytes: number): string => {
  for (;;) {
    const id = randomBytes(bytes).toString('hex');
    if (/[^0]/.test(id)) return id;
  }
};

/** Reads a `traceparent`; undefined for one that is absent, given twice or not well-formed. */
export const parseTraceparent = (header: unknown): TraceContext | undefined => {
  const [, version, traceId, spanId, flags, more] = (typeof header === 'string' && TRACEPARENT.exec(header)) || [];
  if (!traceId || !spanId || !flags || (version === FIRST_VERSION && more !== undefined)) return undefined;
  return { traceId, spanId, flags };
};

/** Ours within the caller's trace, or the first of a new one when the caller names none. */
export const continueTrace = (traceparent: unknown): TraceContext => {
  const parent = parseTraceparent(traceparent);
  return {
    traceId: parent?.traceId ?? randomId(TRACE_BYTES),
    spanId: randomId(SPAN_BYTES),
    flags: parent?.flags ?? NOT_SAMPLED,
  };
};

/** As it is handed on. Of the flags only what version 00 knows: sampled, and that the id is random. */
export const toTraceparent = ({ traceId, spanId, flags }: TraceContext): string =>
  `${FIRST_VERSION}-${traceId}-${spanId}-${(parseInt(flags, 16) & KNOWN_FLAGS).toString(16).padStart(2, '0')}`;

const KNOWN_FLAGS = 0b11;
