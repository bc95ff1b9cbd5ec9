import { bodyChunks, readBytes, retryAfterOf, sendRequest } from './http.js';

const url = 'http://server.test/x';
const answer = (body: unknown, init?: ResponseInit) => () => Promise.resolve(Response.json(body, init));

describe('sendRequest', () => {
  it('gives a problem its code, its detail and when to come back', async () => {
    const fetch = answer({ code: 'too_many_requests', detail: 'slow down' }, { status: 429, headers: { 'retry-after': '9' } }); // prettier-ignore
    await expect(sendRequest(fetch, { url, timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'too_many_requests',
      detail: 'slow down',
      retryAfterSeconds: 9,
      retryable: true,
    });
  });

  it.each([
    ['no JSON', () => Promise.resolve(new Response('<html>', { status: 502 }))],
    ['a hostile body', () => Promise.resolve(new Response(new Uint8Array(100_000), { status: 502 }))],
    ['other JSON', answer([1], { status: 502 })],
  ])('names a failure with %s by its status', async (_, fetch) => {
    await expect(sendRequest(fetch, { url, timeoutMs: 1000 })).rejects.toMatchObject({ code: 'http_502', status: 502 });
  });

  it('lets nothing through that a terminal would obey, nor more than a line', async () => {
    const fetch = answer(
      { code: 'x\u001b[2J', detail: `\u001b]0;owned\u0007\r\n${'a'.repeat(5000)}` },
      { status: 400 },
    );
    const error: unknown = await sendRequest(fetch, { url, timeoutMs: 1000 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'http_400', detail: expect.stringMatching(/^ \]0;owned a{200,300}$/) });
  });

  it('leaves nothing at a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    let added = 0;
    signal.addEventListener = (_type: string, listener: unknown) => void (listeners.add(listener), added++);
    signal.removeEventListener = (_type: string, listener: unknown) => void listeners.delete(listener);
    // What AbortSignal.any makes of it would hang on to it without a listener.
    const given = (_url: string, init?: RequestInit) => Promise.resolve(Response.json(init?.signal === signal));
    await readBytes(await sendRequest(given, { url, timeoutMs: 1000, signal }), 100, signal);
    expect(added).toBeGreaterThan(1);
    expect(listeners.size).toBe(0);
  });

  it('says what cut the line', async () => {
    const fetch = () =>
      Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') }));
    await expect(sendRequest(fetch, { url, timeoutMs: 1000 })).rejects.toMatchObject({
      code: 'network_unreachable',
      detail: 'server.test: connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it('gives up after its time, and at once when it is told to', async () => {
    const never = (_url: string, init?: RequestInit) =>
      new Promise<Response>((_, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
    await expect(sendRequest(never, { url, timeoutMs: 5 })).rejects.toMatchObject({
      code: 'network_unreachable',
      detail: 'server.test: no answer within 0.005 s',
    });
    const controller = new AbortController();
    const sending = sendRequest(never, { url, timeoutMs: 60_000, signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(sending).rejects.toThrow('stop');
  });
});

describe('readBytes', () => {
  it('reads up to its limit and no byte more', async () => {
    expect(await readBytes(new Response(new Uint8Array([1, 2, 3])), 3)).toEqual(new Uint8Array([1, 2, 3]));
    await expect(readBytes(new Response(new Uint8Array(4)), 3)).rejects.toMatchObject({ code: 'response_invalid' });
  });
});

describe('bodyChunks', () => {
  let cancelled: boolean;
  beforeEach(() => (cancelled = false));
  /** Reads a body that never brings anything. */
  async function drain(stallMs?: number, signal?: AbortSignal): Promise<void> {
    const silent = new Response(new ReadableStream({ cancel: () => void (cancelled = true) }));
    for await (const chunk of bodyChunks(silent, signal, stallMs)) expect(chunk).toBeUndefined();
  }

  it('gives up a body that brings nothing', async () => {
    await expect(drain(5)).rejects.toMatchObject({
      code: 'network_unreachable',
      detail: 'the connection broke: nothing came for 0.005 s',
    });
    expect(cancelled).toBe(true);
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    const reading = drain(undefined, controller.signal);
    controller.abort(new Error('stop'));
    await expect(reading).rejects.toThrow('stop');
    expect(cancelled).toBe(true);
  });
});

describe('retryAfterOf', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['120', 120],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['999999999', 86_400],
    ['Thu, 01 Jan 2099 00:00:00 GMT', 86_400],
    [null, undefined],
  ])('reads %p', (header, seconds) => {
    expect(retryAfterOf(header, now)).toBe(seconds);
  });
});
