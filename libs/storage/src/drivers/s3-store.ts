import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { assertKey } from '../keys.js';
import type { ByteRange, ListedObject, ObjectStat, ObjectStore, OpenObject, PutOptions } from '../object-store.js';
import { readStream, tooLarge } from '../read-stream.js';
import type { S3StorageConfig } from '../storage.config.js';
import { StorageError } from '../storage.errors.js';
import { copyInParts, COPY_LIMIT_BYTES } from './s3-copy.js';
import { translateS3Error } from './s3-errors.js';
import { presignGet } from './s3-presign.js';

const CONNECT_TIMEOUT_MS = 3_000;
/** A socket that is silent for this long is given up. */
const SILENCE_TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
/** A streamed upload holds `PARTS_AT_ONCE` parts in memory. 8 MiB x the protocol's 10,000 parts: 78 GiB an object. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;

const createClient = (config: S3StorageConfig): S3Client => {
  const { accessKeyId, secretAccessKey } = config;
  return new S3Client({
    region: config.region,
    endpoint: config.endpoint,
    forcePathStyle: config.forcePathStyle,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
    maxAttempts: ATTEMPTS,
    // The SDK's default, trailing checksums in chunked uploads, is more than many stores understand.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENCE_TIMEOUT_MS },
  });
};

/** `bytes 0-9/200` says 200. */
const totalOf = (contentRange: string | undefined): number | undefined => {
  const total = Number(contentRange?.split('/')[1]);
  return Number.isSafeInteger(total) ? total : undefined;
};

/** Keeps objects in a bucket of Amazon S3 or of a store that speaks its protocol. The bucket must exist. */
export class S3Store implements ObjectStore {
  private readonly client: S3Client;
  private readonly bucket: string;

  constructor(private readonly config: S3StorageConfig) {
    this.client = createClient(config);
    this.bucket = config.bucket;
  }

  async put(key: string, body: Uint8Array | Readable, { contentType }: PutOptions = {}): Promise<void> {
    const target = this.at(key);
    try {
      if (body instanceof Readable) await this.upload(body, { ...target, ContentType: contentType });
      else await this.client.send(new PutObjectCommand({ ...target, Body: body, ContentType: contentType }));
    } catch (error) {
      // A fault of the source is the caller's, not the store's.
      throw body instanceof Readable && body.errored === error ? error : translateS3Error(error, key);
    }
  }

  async open(key: string, range?: ByteRange): Promise<OpenObject> {
    if (range && range.end !== undefined && range.end < range.start)
      throw new StorageError('range_not_satisfiable', `The range ${range.start}-${range.end} is reversed.`);
    const Range = range && `bytes=${range.start}-${range.end ?? ''}`;
    try {
      const answer = await this.client.send(new GetObjectCommand({ ...this.at(key), Range }));
      if (!(answer.Body instanceof Readable) || answer.ContentLength === undefined)
        throw new StorageError('storage_unavailable', `The store gave no bytes for ${key}.`);
      const rangeSize = answer.ContentLength;
      const size = totalOf(answer.ContentRange) ?? rangeSize;
      return { stream: answer.Body, size, rangeSize, revision: answer.ETag ?? '' };
    } catch (error) {
      throw translateS3Error(error, key);
    }
  }

  async read(key: string, limitBytes: number): Promise<Uint8Array> {
    const { stream, size } = await this.open(key);
    if (size > limitBytes) {
      stream.destroy();
      throw tooLarge(limitBytes);
    }
    return readStream(stream, limitBytes).catch((error: unknown) => {
      throw translateS3Error(error, key);
    });
  }

  async stat(key: string): Promise<ObjectStat | null> {
    try {
      const answer = await this.client.send(new HeadObjectCommand(this.at(key)));
      return { size: answer.ContentLength ?? 0 };
    } catch (error) {
      const translated = translateS3Error(error, key);
      if (translated.code === 'object_not_found') return null;
      throw translated;
    }
  }

  async move(from: string, to: string): Promise<void> {
    const source = this.at(from);
    const target = this.at(to);
    const info = await this.stat(from);
    if (!info) throw new StorageError('object_not_found', `No object ${from}.`);
    const CopySource = `${this.bucket}/${from}`;
    try {
      if (info.size > COPY_LIMIT_BYTES) await copyInParts(this.client, { ...target, CopySource }, info.size);
      else await this.client.send(new CopyObjectCommand({ ...target, CopySource }));
      await this.client.send(new DeleteObjectCommand(source));
    } catch (error) {
      throw translateS3Error(error, from);
    }
  }

  async delete(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand(this.at(key)));
    } catch (error) {
      const translated = translateS3Error(error, key);
      if (translated.code !== 'object_not_found') throw translated;
    }
  }

  async *list(): AsyncGenerator<ListedObject> {
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket })) {
        for (const { Key, Size = 0, LastModified } of Contents)
          if (Key !== undefined && LastModified) yield { key: Key, size: Size, modifiedAt: LastModified };
      }
    } catch (error) {
      throw translateS3Error(error, 'a listing');
    }
  }

  async presign(key: string, expiresInSeconds: number): Promise<string> {
    const { region } = this.config;
    const url = this.urlOf(key);
    const credentials = await this.client.config.credentials().catch((error: unknown) => {
      throw translateS3Error(error, key);
    });
    return presignGet({ url, region, credentials, expiresInSeconds, now: new Date() });
  }

  async ping(): Promise<void> {
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      throw new StorageError('storage_unavailable', `The bucket ${this.bucket} cannot be used.`, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  private urlOf(key: string): URL {
    assertKey(key);
    const { endpoint, region, forcePathStyle } = this.config;
    const url = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
    const folder = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
    if (!forcePathStyle) url.host = `${this.bucket}.${url.host}`;
    url.pathname = forcePathStyle ? `${folder}${this.bucket}/${key}` : folder + key;
    return url;
  }

  private at(key: string): { Bucket: string; Key: string } {
    assertKey(key);
    return { Bucket: this.bucket, Key: key };
  }

  private async upload(body: Readable, target: { Bucket: string; Key: string; ContentType?: string }): Promise<void> {
    const upload = new Upload({
      client: this.client,
      params: { ...target, Body: body },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    await upload.done();
  }
}
