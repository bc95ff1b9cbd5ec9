import type { IncomingHttpHeaders } from 'node:http';
import type { Digest } from '@kernelcast/contracts';
import { entityTag, matchesTag, parseRange, rangeHolds } from '@kernelcast/platform';

/** A digest names the same bytes for ever. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';

/** What to answer to a request for a blob. */
export interface BlobAnswer {
  readonly status: 200 | 206 | 304 | 416;
  /** Names and values in turn, as `writeHead` takes them fastest. */
  readonly headers: readonly string[];
  /** First and last byte to send, both included. */
  readonly range: { readonly start: number; readonly end: number };
  /** Bytes of the range. */
  readonly length: number;
}

/**
 * Decides by RFC 9110: `If-None-Match` first (13.2.2), then one `Range`, if `If-Range` holds. Several ranges are answered
 * by the whole, as section 14.2 allows: devices ask for one, and a `multipart/byteranges` of many small parts is a known
 * way to make a server work.
 */
export function answerBlob(headers: IncomingHttpHeaders, digest: Digest, size: number): BlobAnswer {
  const tag = entityTag(digest);
  const lasting = ['etag', tag, 'cache-control', CACHE_CONTROL, 'accept-ranges', 'bytes'];
  if (matchesTag(headers['if-none-match'], tag)) return { ...NOTHING, status: 304, headers: lasting };
  const range = rangeHolds(headers['if-range'], tag) ? parseRange(headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    return { ...NOTHING, status: 416, headers: ['content-range', `bytes */${size}`] };
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const length = end - start + 1;
  lasting.push('content-type', 'application/octet-stream', 'content-length', String(length));
  if (range === 'whole') return { status: 200, headers: lasting, range: { start, end }, length };
  lasting.push('content-range', `bytes ${start}-${end}/${size}`);
  return { status: 206, headers: lasting, range: { start, end }, length };
}

const NOTHING = { range: { start: 0, end: -1 }, length: 0 };
