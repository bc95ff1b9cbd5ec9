import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { parseRange, type ByteRange } from './byte-range.js';
import { entityTag, matchesTag, rangeHolds } from './entity-tag.js';

/** Immutable bytes named by their digest. */
export interface ImmutableContent {
  readonly digest: string;
  /** Bytes of the whole. */
  readonly size: number;
  /** Who may keep the bytes, and for how long. */
  readonly cacheControl: string;
  /** `Content-Disposition`, for content that people download. */
  readonly disposition?: string;
  /** Opens all of it, or the range. */
  open(range?: ByteRange): Promise<Readable>;
}

const PARTIAL_CONTENT = 206;
const NOT_MODIFIED = 304;

/**
 * Answers a GET or HEAD with immutable content: whole, in part (`Range`, `If-Range`), or 304 (`If-None-Match`). Nest sends what
 * is returned; `undefined` is the 304.
 * @throws AppError `range_not_satisfiable`, and whatever `open` throws
 */
export const sendContent = async (
  { headers, method }: Pick<FastifyRequest, 'headers'> & Partial<Pick<FastifyRequest, 'method'>>,
  reply: FastifyReply,
  content: ImmutableContent,
): Promise<StreamableFile | undefined> => {
  const { digest, size, cacheControl, disposition } = content;
  const tag = entityTag(digest);
  const lasting = { etag: tag, 'cache-control': cacheControl, 'accept-ranges': 'bytes' };
  if (matchesTag(headers['if-none-match'], tag)) {
    reply.code(NOT_MODIFIED).headers(lasting);
    return undefined;
  }
  const range = rangeHolds(headers['if-range'], tag) ? parseRange(headers.range, size) : 'whole';
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new AppError('range_not_satisfiable', `There are ${size} bytes.`);
  }
  const part = range === 'whole' ? undefined : range;
  // Opened first: a failure must not go out under headers that let caches keep it for a year.
  // HEAD sends none of it: nothing need be read.
  const stream = method === 'HEAD' ? Readable.from([]) : await content.open(part);
  reply.headers(lasting);
  if (part) reply.code(PARTIAL_CONTENT).header('content-range', `bytes ${part.start}-${part.end}/${size}`);
  const length = part ? part.end - part.start + 1 : size;
  return new StreamableFile(stream, { type: 'application/octet-stream', length, disposition });
};
