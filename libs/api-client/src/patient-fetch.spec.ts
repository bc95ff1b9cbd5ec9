import { patientFetch, reasonOf, type PatientFetchOptions } from './patient-fetch.js';

type Step = Response | Error;

/** A `fetch` that answers with the given steps in turn. */
const scripted = (steps: readonly Step[], options: PatientFetchOptions = {}) => {
  const left = [...steps];
  const bodies: string[] = [];
  const waits: number[] = [];
  const fetcher = patientFetch({
    fetch: async (input) => {
      bodies.push(await (input as Request).text());
      const step = left.shift();
      if (step instanceof Error || step === undefined) throw step ?? new Error('asked too often');
      return step;
    },
    pause: async () => undefined,
    random: () => 0.5,
    onRetry: (_, waitMs) => void waits.push(waitMs),
    ...options,
  });
  return { fetcher, bodies, waits };
};

const URL = 'http://registry.test/v1/tasks';
const busy = (headers: Record<string, string> = {}) => new Response('', { status: 503, headers });
const lost = () => new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:1') });

describe('patientFetch', () => {
  it('waits longer after each fault, by half of the span at the middle of the jitter', async () => {
    const { fetcher, waits } = scripted([lost(), busy(), lost(), new Response('ok')]);
    expect(await (await fetcher(URL)).text()).toBe('ok');
    expect(waits).toEqual([150, 300, 600]);
  });

  it('sends the same body again with an Idempotency-Key', async () => {
    const { fetcher, bodies } = scripted([lost(), new Response('ok')]);
    await fetcher(URL, { method: 'POST', body: 'order', headers: { 'idempotency-key': 'k' } });
    expect(bodies).toEqual(['order', 'order']);
  });

  it('does not repeat a POST without a key when nobody knows what became of it', async () => {
    await expect(scripted([lost()]).fetcher(URL, { method: 'POST', body: '1' })).rejects.toThrow('fetch failed');
    expect((await scripted([busy()]).fetcher(URL, { method: 'POST' })).status).toBe(503);
  });

  it('repeats whatever was refused with 429, after the wait the server asks for', async () => {
    const refused = new Response('', { status: 429, headers: { 'retry-after': '2' } });
    const { fetcher, waits } = scripted([refused, new Response('ok')]);
    expect((await fetcher(URL, { method: 'POST' })).ok).toBe(true);
    expect(waits).toEqual([2150]);
  });

  it('gives the answer to the caller when the server asks for more patience than there is', async () => {
    expect((await scripted([busy({ 'retry-after': '3600' })]).fetcher(URL)).status).toBe(503);
  });

  it('gives up after so many tries', async () => {
    const { fetcher, bodies } = scripted([lost(), lost(), lost()], { tries: 3 });
    await expect(fetcher(URL)).rejects.toThrow('fetch failed');
    expect(bodies).toHaveLength(3);
  });

  it('ends at once when the caller gives up', async () => {
    const caller = new AbortController();
    const { fetcher, bodies } = scripted([lost(), lost()], { pause: async () => caller.abort(new Error('enough')) });
    await expect(fetcher(URL, { signal: caller.signal })).rejects.toThrow('enough');
    expect(bodies).toHaveLength(1);
  });

  it('says that no answer came in time', async () => {
    const fetcher = patientFetch({
      timeoutMs: 1,
      tries: 1,
      fetch: (_, init) =>
        new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason))),
    });
    await expect(fetcher(URL)).rejects.toThrow('no answer within 0.001 s');
  });
});

describe('reasonOf', () => {
  it('finds what fetch hides in causes', () => {
    expect(reasonOf(lost())).toBe('connect ECONNREFUSED 127.0.0.1:1');
    const both = new AggregateError([new Error('connect ECONNREFUSED ::1:1'), new Error('other')]);
    expect(reasonOf(new TypeError('fetch failed', { cause: both }))).toBe('connect ECONNREFUSED ::1:1');
  });
});
