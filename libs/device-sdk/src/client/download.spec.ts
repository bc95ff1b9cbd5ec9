import { digestOf } from '@kernelcast/artifact';
import type { Digest } from '@kernelcast/artifact';
import { DeviceError, ServerError } from '../device.errors.js';
import { MemoryStateStore } from '../state/memory-state-store.js';
import { downloadBlob } from './download.js';

const BLOB = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 256);
let digest: Digest;
let store: MemoryStateStore;
let offsets: number[];
let waits: number[];

beforeAll(async () => {
  digest = await digestOf(BLOB);
});
beforeEach(() => {
  store = new MemoryStateStore();
  offsets = [];
  waits = [];
});

/** Sends some bytes, then cuts the line. */
function cutAfter(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new Error('ECONNRESET'));
      else controller.enqueue(bytes);
      sent = true;
    },
  });
}

type Answer = (offset: number) => Response;
const from = (offset: number, end = BLOB.length): Response => {
  const headers = { 'content-range': `bytes ${offset}-${BLOB.length - 1}/${BLOB.length}` };
  const body = end < BLOB.length ? cutAfter(BLOB.slice(offset, end)) : BLOB.slice(offset);
  return new Response(body, offset > 0 ? { status: 206, headers } : {});
};

let received: number;
function download(...answers: Answer[]): Promise<Uint8Array> {
  received = 0;
  const source = {
    openBlob: async (_: Digest, offset: number) => {
      offsets.push(offset);
      const answer = answers[Math.min(offsets.length, answers.length) - 1];
      if (!answer) throw new Error('no answer');
      return answer(offset);
    },
  };
  const sleep = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  const onReceived = (bytes: number): void => void (received += bytes);
  return downloadBlob({ source, store, sleep, random: () => 0.5 }, { digest, size: BLOB.length, onReceived });
}

const partialSize = async (): Promise<number> => (await store.openPartial(digest)).size;

describe('downloadBlob', () => {
  it('brings the bytes into the store', async () => {
    expect(await download(from)).toEqual(BLOB);
    expect(await store.readBlob(digest)).toEqual(BLOB);
    expect(received).toBe(1000);
  });

  it('goes on where the line was cut', async () => {
    expect(
      await download(
        (at) => from(at, 300),
        (at) => from(at, 900),
        from,
      ),
    ).toEqual(BLOB);
    expect(offsets).toEqual([0, 300, 900]);
    expect(received).toBe(1000);
  });

  it('goes on where it was before a restart', async () => {
    const cut: Answer = (at) => from(at, at === 0 ? 400 : at);
    await expect(download(cut)).rejects.toMatchObject({ code: 'download_failed' });
    expect(await partialSize()).toBe(400);
    offsets = [];
    expect(await download(from)).toEqual(BLOB);
    expect(offsets).toEqual([400]);
    expect(received).toBe(600);
  });

  it('gives up after several fruitless attempts, waiting longer each time', async () => {
    const refuse: Answer = () => {
      throw new DeviceError('network_unreachable', 'gone');
    };
    await expect(download(refuse)).rejects.toMatchObject({
      code: 'download_failed',
      detail: '0 of 1000 bytes after 5 attempts',
      cause: { code: 'network_unreachable' },
    });
    expect(waits).toEqual([500, 1000, 2000, 4000]);
  });

  it('waits as long as a busy server asks', async () => {
    const busy: Answer = () => {
      throw new ServerError(503, 'service_unavailable', 'busy', 11);
    };
    expect(await download(busy, from)).toEqual(BLOB);
    expect(waits).toEqual([11_000]);
  });

  it('leaves it to a later poll when a server asks for more than a minute', async () => {
    const busy: Answer = () => {
      throw new ServerError(503, 'service_unavailable', 'busy', 3600);
    };
    await expect(download(busy, from)).rejects.toMatchObject({ code: 'download_failed' });
    expect(waits).toEqual([]);
  });

  it('starts anew with a server that sends the whole', async () => {
    const whole: Answer = () => new Response(BLOB.slice());
    expect(await download((at) => from(at, 300), whole)).toEqual(BLOB);
    expect(received).toBe(1300);
  });

  it('ends with a server that sends a little of the whole for ever', async () => {
    const little: Answer = () => new Response(cutAfter(BLOB.slice(0, 10)));
    await expect(download(little)).rejects.toMatchObject({ code: 'download_failed' });
    expect(offsets.length).toBeLessThanOrEqual(50);
  });

  it('fetches anew, once, what a power cut damaged', async () => {
    const partial = await store.openPartial(digest);
    await partial.append(new Uint8Array(500));
    expect(await download(from)).toEqual(BLOB);
    expect(offsets).toEqual([500, 0]);
  });

  it('drops a partial blob that is longer than the blob', async () => {
    const partial = await store.openPartial(digest);
    await partial.append(new Uint8Array(2000));
    expect(await download(from)).toEqual(BLOB);
    expect(offsets).toEqual([0]);
  });

  it.each<[string, Answer]>([
    ['other bytes', () => new Response(new Uint8Array(1000))],
    ['a byte more', () => new Response(Uint8Array.from([...BLOB, 0]))],
    ['another length', () => new Response(BLOB.slice(0, 999), { headers: { 'content-length': '999' } })],
  ])('refuses %s and keeps none of it', async (_, answer) => {
    await expect(download(answer)).rejects.toMatchObject({ code: 'blob_tampered' });
    expect(await store.readBlob(digest)).toBeUndefined();
    expect(await partialSize()).toBe(0);
  });

  it('refuses a blob that ends before what is kept of it', async () => {
    const short: Answer = () => {
      throw new ServerError(416, 'range_not_satisfiable', 'short');
    };
    await expect(download((at) => from(at, 300), short)).rejects.toMatchObject({ code: 'blob_tampered' });
  });

  it('refuses another range than it asked for', async () => {
    const other: Answer = () => new Response(BLOB.slice(5), { status: 206, headers: { 'content-range': 'bytes 5-999/1000' } }); // prettier-ignore
    await expect(download((at) => from(at, 300), other)).rejects.toMatchObject({ code: 'response_invalid' });
  });

  it('does not ask again for what is refused for good', async () => {
    const refuse: Answer = () => {
      throw new ServerError(404, 'blob_not_found', 'no such blob');
    };
    await expect(download(refuse)).rejects.toMatchObject({ code: 'blob_not_found' });
    expect(offsets).toEqual([0]);
  });
});
