import { digestOf } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import { DeviceError, ServerError } from '../device.errors.js';
import type { PartialBlob, StateStore } from '../state/state-store.js';
import { fullJitter } from './backoff.js';
import type { BackoffPolicy, Sleep } from './backoff.js';
import { bodyChunks } from './http.js';

/** Attempts in a row that may bring nothing. */
const MAX_FRUITLESS_ATTEMPTS = 5;
/** Attempts in all, against a server that sends a little and starts anew each time. */
const MAX_ATTEMPTS = 50;
/** A server that wants to be left alone for longer is asked again by a later poll. */
const MAX_ASKED_WAIT_MS = 60_000;
const RETRY: BackoffPolicy = { baseMs: 500, capMs: 20_000 };
const CONTENT_RANGE = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/;

/** Where blobs come from. */
export interface BlobSource {
  /** Opens a blob from a byte on; an answer may hold it whole (status 200) all the same. */
  openBlob(digest: Digest, offset: number, signal?: AbortSignal): Promise<Response>;
}

export interface DownloadRequest {
  readonly digest: Digest;
  /** Exact length in bytes, as the manifest states it. */
  readonly size: number;
  /** Told of the bytes that an earlier attempt, maybe of a process that was killed, has left. */
  readonly onResumed?: (bytes: number) => void;
  /** Told of the bytes of each chunk received, kept or not. */
  readonly onReceived: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface Downloader {
  readonly source: BlobSource;
  readonly store: StateStore;
  readonly sleep: Sleep;
  readonly random: () => number;
}

/**
 * Brings a blob into the store and gives back its verified bytes. What arrived before a cut, in this process or one
 * before, is not fetched again. A blob becomes visible in the store only when size and digest are right.
 *
 * @throws DeviceError `blob_tampered`, `download_failed`, `disk_full` or `store_failed`; ServerError for a refusal
 */
export async function downloadBlob(tools: Downloader, request: DownloadRequest): Promise<Uint8Array> {
  const partial = await tools.store.openPartial(request.digest);
  try {
    request.onResumed?.(partial.size);
    if (partial.size > request.size) await partial.truncate();
    const continued = partial.size > 0;
    // Bytes kept over a power cut may be damaged without anyone's fault: then, and only then, once more from the start.
    const bytes =
      (await attempt(tools, request, partial)) ?? (continued ? await attempt(tools, request, partial) : null);
    if (bytes === null) throw new DeviceError('blob_tampered', `the bytes received are not ${request.digest}`);
    await partial.commit();
    return bytes;
  } catch (error) {
    // After a cut the rest is wanted later; anything else is of no use, and on a full disk in the way.
    const resumable = !(error instanceof DeviceError) || error.code === 'download_failed';
    if (!resumable) await partial.discard().catch(() => undefined);
    throw error;
  } finally {
    await partial.close().catch(() => undefined);
  }
}

/** The bytes, or null, with nothing kept, when they have another digest. */
async function attempt(tools: Downloader, request: DownloadRequest, partial: PartialBlob): Promise<Uint8Array | null> {
  await fill(tools, request, partial);
  const bytes = await partial.read();
  if (bytes.byteLength === request.size && (await digestOf(bytes)) === request.digest) return bytes;
  await partial.truncate();
  return null;
}

async function fill(tools: Downloader, request: DownloadRequest, partial: PartialBlob): Promise<void> {
  let fruitless = 0;
  for (let attempts = 1; partial.size < request.size; attempts++) {
    const before = partial.size;
    const cause = await transfer(tools, request, partial).catch(keepTransient);
    if (partial.size === request.size) return;
    fruitless = partial.size > before ? 0 : fruitless + 1;
    const asked = cause instanceof ServerError ? (cause.retryAfterSeconds ?? 0) * 1000 : 0;
    if (fruitless >= MAX_FRUITLESS_ATTEMPTS || attempts >= MAX_ATTEMPTS || asked > MAX_ASKED_WAIT_MS) {
      const detail = `${partial.size} of ${request.size} bytes after ${attempts} attempts`;
      throw new DeviceError('download_failed', detail, { cause });
    }
    await tools.sleep(Math.max(asked, fullJitter(RETRY, fruitless, tools.random)), request.signal);
  }
}

/** Gives an error back when trying again may help. */
function keepTransient(error: unknown): Error {
  const transient =
    (error instanceof DeviceError && error.code === 'network_unreachable') ||
    (error instanceof ServerError && error.retryable);
  if (!transient) throw error;
  return error;
}

async function transfer({ source }: Downloader, request: DownloadRequest, partial: PartialBlob): Promise<void> {
  const { digest, size, signal, onReceived } = request;
  const response = await open(source, request, partial.size);
  const stated = await statedSize(response, partial.size);
  if (stated !== undefined && stated !== size) {
    await response.body?.cancel();
    throw new DeviceError('blob_tampered', `${digest} has ${stated} bytes at the server, not ${size}`);
  }
  if (response.status !== 206 && partial.size > 0) await partial.truncate();
  for await (const chunk of bodyChunks(response, signal)) {
    signal?.throwIfAborted();
    onReceived(chunk.byteLength);
    if (partial.size + chunk.byteLength > size) {
      throw new DeviceError('blob_tampered', `${digest} is longer than ${size} bytes`);
    }
    await partial.append(chunk);
  }
}

async function open(source: BlobSource, { digest, size, signal }: DownloadRequest, offset: number): Promise<Response> {
  try {
    return await source.openBlob(digest, offset, signal);
  } catch (error) {
    if (!(error instanceof ServerError) || error.status !== 416) throw error;
    throw new DeviceError('blob_tampered', `${digest} ends at the server before ${offset + 1} of ${size} bytes`, {
      cause: error,
    });
  }
}

/** The blob's whole size, as far as the answer tells. @throws DeviceError when it continues at another byte */
async function statedSize(response: Response, offset: number): Promise<number | undefined> {
  if (response.status === 206) {
    const [, start, total] = CONTENT_RANGE.exec(response.headers.get('content-range') ?? '') ?? [];
    if (Number(start) === offset) return Number(total);
    await response.body?.cancel();
    throw new DeviceError('response_invalid', 'the server sent another range than the one asked for');
  }
  const length = response.headers.get('content-length');
  return length === null || response.headers.has('content-encoding') ? undefined : Number(length);
}
