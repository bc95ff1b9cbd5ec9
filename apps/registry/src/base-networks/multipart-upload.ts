import type { MultipartFile } from '@fastify/multipart';
import { AppError } from '@kernelcast/platform';
import type { FastifyRequest } from 'fastify';
import { MAX_GRAPH_BYTES, MAX_WEIGHTS_BYTES } from './base-network-files.js';
import type { BaseNetworkUpload } from './base-networks.service.js';

const LIMITS = { parts: 8, fields: 4, files: 4, fieldSize: 200, headerPairs: 100, fileSize: MAX_WEIGHTS_BYTES };

/** The parts of an upload as they came, unchecked but for their sizes. */
export type UploadParts = { -readonly [Part in keyof BaseNetworkUpload]?: BaseNetworkUpload[Part] };

/**
 * Reads the multipart body of a base network's upload into memory, within limits.
 * @throws AppError `body_too_large`, `malformed_body`
 */
export const readUploadParts = async (request: FastifyRequest): Promise<UploadParts> => {
  const parts: UploadParts = {};
  try {
    for await (const part of request.parts({ limits: LIMITS })) {
      if (part.type === 'file') await readFile(part, parts);
      else if (part.fieldname === 'name' && typeof part.value === 'string') parts.name = part.value;
    }
    return parts;
  } catch (error) {
    // Errors with a status are refusals of a limit or of the media type; the parser's own have none.
    if (error instanceof AppError || (error instanceof Error && 'statusCode' in error)) throw error;
    throw new AppError('malformed_body', 'The multipart body cannot be read to its end', { cause: error });
  }
};

const readFile = async (part: MultipartFile, parts: UploadParts): Promise<void> => {
  const { fieldname } = part;
  if (fieldname !== 'graph' && fieldname !== 'weights') {
    part.file.resume();
    throw new AppError('malformed_body', `There is no part "${fieldname.slice(0, 64)}" in this upload`);
  }
  const bytes = await part.toBuffer();
  if (fieldname === 'graph' && bytes.byteLength > MAX_GRAPH_BYTES) {
    throw new AppError('body_too_large', `The graph has more than ${MAX_GRAPH_BYTES} bytes`);
  }
  parts[fieldname] = bytes;
};
