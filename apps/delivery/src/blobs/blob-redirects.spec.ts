import { digestOfDigit } from '../testing/fleet.factory.js';
import { BlobRedirects } from './blob-redirects.js';

const DIGEST = digestOfDigit('a');
const KEY = `blobs/sha256/aa/${'a'.repeat(64)}`;
const at = (seconds: number) => new Date(seconds * 1000);

describe('where a device is sent for a blob', () => {
  it('is nowhere by default, nor to a store that has no URLs', async () => {
    expect(await new BlobRedirects({}, { redirect: 'none', urlSeconds: 1 }).urlOf(DIGEST, at(0))).toBeUndefined();
    expect(await new BlobRedirects({}, { redirect: 'presigned', urlSeconds: 1 }).urlOf(DIGEST, at(0))).toBeUndefined();
  });

  it('is the key of the blob below the address of the CDN', async () => {
    const redirects = new BlobRedirects({}, { redirect: 'cdn', cdnUrl: 'https://cdn.test/k/', urlSeconds: 1 });
    expect(await redirects.urlOf(DIGEST, at(0))).toBe(`https://cdn.test/k/${KEY}`);
  });

  it('is one presigned URL for half of its life, then another', async () => {
    let count = 0;
    const presign = async (key: string, seconds: number) => Promise.resolve(`https://s3/${key}?${seconds}#${++count}`);
    const redirects = new BlobRedirects({ presign }, { redirect: 'presigned', urlSeconds: 100 });
    const urls = [at(0), at(49), at(51)].map((now) => () => redirects.urlOf(DIGEST, now));
    const seen: (string | undefined)[] = [];
    for (const url of urls) seen.push(await url());
    expect(seen).toEqual([1, 1, 2].map((n) => `https://s3/${KEY}?100#${n}`));
  });
});
