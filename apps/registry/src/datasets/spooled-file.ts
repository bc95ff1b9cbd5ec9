import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';

/** An upload that has arrived in whole, in a temporary file. */
export interface SpooledFile {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
}

export interface SpoolOptions {
  /** Where temporary files go. */
  readonly folder: string;
  readonly limitBytes: number;
}

/**
 * Writes a stream to a temporary file, hands that to `use` and removes it afterwards, whatever happens.
 * @throws AppError `body_too_large` as soon as more than `limitBytes` came, `malformed_body` when the stream broke off
 */
export const withSpooledFile = async <T>(
  source: Readable,
  { folder: parent, limitBytes }: SpoolOptions,
  use: (file: SpooledFile) => Promise<T>,
): Promise<T> => {
  const folder = await mkdtemp(path.join(parent, 'kernelcast-upload-'));
  try {
    return await use(await spool(source, path.join(folder, 'upload'), limitBytes));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const spool = async (source: Readable, file: string, limitBytes: number): Promise<SpooledFile> => {
  const hash = createHash('sha256');
  let size = 0;
  const meter = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.length;
      if (size > limitBytes)
        return done(new AppError('body_too_large', `The upload has more than ${limitBytes} bytes`));
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(source, meter, createWriteStream(file));
  } catch (error) {
    if (error instanceof AppError || !source.errored) throw error;
    throw new AppError('malformed_body', 'The upload broke off', { cause: error });
  }
  if (size === 0) throw new AppError('malformed_body', 'The upload is empty');
  return { path: file, size, digest: `sha256:${hash.digest('hex')}` };
};
