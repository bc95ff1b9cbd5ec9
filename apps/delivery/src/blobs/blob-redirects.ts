import type { Digest } from '@kernelcast/contracts';
import { blobKey } from '@kernelcast/storage';
import type { ObjectStore } from '@kernelcast/storage';
import type { BlobOptions } from './blob-options.js';

/** URLs kept; one costs a few hundred bytes. */
const MOST_URLS = 10_000;
const MILLISECONDS = 1_000;

interface SignedUrl {
  readonly url: string;
  /** Unix milliseconds. */
  readonly renewAt: number;
}

/** Where else a blob's bytes are: at a CDN, or in the store by a URL that is signed for a while. */
export class BlobRedirects {
  private readonly signed = new Map<Digest, SignedUrl>();

  constructor(
    private readonly store: Pick<ObjectStore, 'presign'>,
    private readonly options: Pick<BlobOptions, 'redirect' | 'cdnUrl' | 'urlSeconds'>,
  ) {}

  /** `undefined` when the bytes are given here. */
  async urlOf(digest: Digest, now: Date): Promise<string | undefined> {
    const { redirect, cdnUrl } = this.options;
    if (redirect === 'cdn' && cdnUrl !== undefined) return `${cdnUrl.replace(/\/+$/, '')}/${blobKey(digest)}`;
    return redirect === 'presigned' ? this.presigned(digest, now.getTime()) : undefined;
  }

  /** One URL serves everybody for half of its life, so that signing costs nothing and half is left to every download. */
  private async presigned(digest: Digest, now: number): Promise<string | undefined> {
    const known = this.signed.get(digest);
    if (known !== undefined && now < known.renewAt) return known.url;
    const { urlSeconds } = this.options;
    const url = await this.store.presign?.(blobKey(digest), urlSeconds);
    if (url === undefined) return undefined;
    if (this.signed.size >= MOST_URLS) this.signed.clear();
    this.signed.set(digest, { url, renewAt: now + (urlSeconds / 2) * MILLISECONDS });
    return url;
  }
}
