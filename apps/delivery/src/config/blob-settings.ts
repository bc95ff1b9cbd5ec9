import { z } from 'zod';
import type { BlobOptions } from '../blobs/blob-options.js';
import type { LimitOptions } from '../limits/device-limits.js';

const MIB = 1024 ** 2;
/** S3 signs for a week at most. */
const LONGEST_URL_SECONDS = 7 * 86_400;

/** Variables about blobs. */
export const blobShape = {
  /** Memory for blobs that many devices ask for. MiB. */
  KERNELCAST_BLOB_CACHE_MB: z.coerce.number().min(0).max(65_536).default(256),
  /** Largest blob that is kept in memory. MiB. */
  KERNELCAST_BLOB_CACHED_MB: z.coerce.number().min(0).max(1_024).default(64),
  /** Whether devices are sent to the object store or to a CDN for the bytes. */
  KERNELCAST_BLOB_REDIRECT: z.enum(['none', 'presigned', 'cdn']).default('none'),
  /** Address below which the CDN has the store's keys, `blobs/sha256/ab/abcd…`. */
  KERNELCAST_BLOB_CDN_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s):// URL' }).optional(),
  /** How long a presigned URL lasts. */
  KERNELCAST_BLOB_URL_SECONDS: z.coerce.number().int().min(30).max(LONGEST_URL_SECONDS).default(900),
  /** Of blobs for one device, of which as much may come at once; 0 for no limit. MiB. */
  KERNELCAST_LIMIT_DEVICE_MB_PER_HOUR: z.coerce.number().min(0).max(1e9).default(2_048),
  /** The same for one address, behind which thousands of devices may be. MiB. */
  KERNELCAST_LIMIT_ADDRESS_MB_PER_HOUR: z.coerce.number().min(0).max(1e9).default(262_144),
};

interface BlobSettings extends z.infer<z.ZodObject<typeof blobShape>> {
  readonly S3_BUCKET?: string;
}

/** What the rules for redirects lack, if anything. */
export function faultOfRedirect({ KERNELCAST_BLOB_REDIRECT: kind, ...settings }: BlobSettings): string | undefined {
  if (kind === 'cdn' && !settings.KERNELCAST_BLOB_CDN_URL) return 'cdn needs KERNELCAST_BLOB_CDN_URL';
  return kind === 'presigned' && !settings.S3_BUCKET ? 'presigned needs S3_BUCKET' : undefined;
}

export function blobOptionsFrom(settings: BlobSettings): BlobOptions {
  return {
    cacheBytes: settings.KERNELCAST_BLOB_CACHE_MB * MIB,
    cachedBlobBytes: settings.KERNELCAST_BLOB_CACHED_MB * MIB,
    redirect: settings.KERNELCAST_BLOB_REDIRECT,
    cdnUrl: settings.KERNELCAST_BLOB_CDN_URL,
    urlSeconds: settings.KERNELCAST_BLOB_URL_SECONDS,
  };
}

export function limitOptionsFrom(settings: BlobSettings): LimitOptions {
  return {
    deviceBytesPerHour: settings.KERNELCAST_LIMIT_DEVICE_MB_PER_HOUR * MIB,
    addressBytesPerHour: settings.KERNELCAST_LIMIT_ADDRESS_MB_PER_HOUR * MIB,
  };
}
