import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import { tempDir } from '@kernelcast/testing';
import type { TempDir } from '@kernelcast/testing';
import { downloadBlob } from '../client/download.js';
import { bodyChunks, sendRequest } from '../client/http.js';
import { DirectoryStateStore } from './directory-state-store.js';

const BLOB = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 256);

let dir: TempDir;
let digest: Digest;
let server: http.Server;
let ranges: (string | undefined)[];
/** Bytes after which each connection is cut; the last one holds for all that follow. */
let cuts: number[];

beforeAll(async () => {
  digest = await digestOf(BLOB);
});
beforeEach(async () => {
  dir = tempDir('download');
  ranges = [];
  cuts = [Infinity];
  server = http.createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  dir.remove();
});

function answer({ headers }: http.IncomingMessage, response: http.ServerResponse): void {
  const { range, 'if-range': ifRange } = headers;
  const cut = cuts[Math.min(ranges.length, cuts.length - 1)] ?? Infinity;
  ranges.push(range);
  const start = ifRange === `"${digest}"` ? Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0) : 0;
  const body = BLOB.subarray(start);
  const contentRange = `bytes ${start}-${BLOB.length - 1}/${BLOB.length}`;
  response.writeHead(start > 0 ? 206 : 200, {
    'content-length': body.length,
    etag: `"${digest}"`,
    ...(start > 0 ? { 'content-range': contentRange } : {}),
  });
  if (cut >= body.length) response.end(body);
  else response.write(body.subarray(0, cut), () => response.socket?.destroy());
}

const source = {
  openBlob: (_: Digest, offset: number, signal?: AbortSignal) => {
    const { port } = server.address() as AddressInfo;
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-`, 'if-range': `"${digest}"` } : {};
    return sendRequest(fetch, { url: `http://127.0.0.1:${port}/blob`, headers, signal, timeoutMs: 10_000 });
  },
};

async function download(signal?: AbortSignal, onReceived: (bytes: number) => void = () => {}): Promise<Uint8Array> {
  const store = await DirectoryStateStore.open(dir.path);
  const tools = { source, store, sleep: () => Promise.resolve(), random: () => 0 };
  return downloadBlob(tools, { digest, size: BLOB.length, onReceived, signal });
}

const same = (bytes: Uint8Array): boolean => Buffer.compare(bytes, BLOB) === 0;

describe('a download over real connections', () => {
  it('goes on after each cut and ends with the right bytes', async () => {
    cuts = [70_000, 1, 100_000, Infinity];
    let received = 0;
    expect(same(await download(undefined, (bytes) => (received += bytes)))).toBe(true);
    expect(ranges).toHaveLength(4);
    expect(ranges[0]).toBeUndefined();
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=\d+-$/);
    expect(received).toBe(BLOB.length);
  });

  it('goes on in another process', async () => {
    cuts = [120_000, 0];
    await expect(download()).rejects.toMatchObject({ code: 'download_failed' });
    const partial = await (await DirectoryStateStore.open(dir.path)).openPartial(digest);
    await partial.close();
    expect(partial.size).toBeGreaterThan(0);
    ranges = [];
    cuts = [Infinity];
    expect(same(await download())).toBe(true);
    expect(ranges).toEqual([`bytes=${partial.size}-`]);
  });

  it('stops when it is told to and keeps what it has', async () => {
    const controller = new AbortController();
    const aborted = download(controller.signal, () => controller.abort(new Error('stop')));
    await expect(aborted).rejects.toThrow('stop');
    const partial = await (await DirectoryStateStore.open(dir.path)).openPartial(digest);
    expect(partial.size).toBeLessThan(BLOB.length);
    await partial.close();
    expect(same(await download())).toBe(true);
  });

  it('ends the transfer when it wants no more', async () => {
    const response = await source.openBlob(digest, 0);
    for await (const chunk of bodyChunks(response)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(response.bodyUsed).toBe(true);
    expect(response.body?.locked).toBe(true);
  });
});
