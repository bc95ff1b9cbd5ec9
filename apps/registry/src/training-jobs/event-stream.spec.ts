import type { JobEvent } from '@kernelcast/contracts';
import { lastEventId, toEventStream } from './event-stream.js';

const event = (id: number): JobEvent => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  type: 'log',
  data: { message: 'a\nb' },
});

const collect = async (batches: readonly (readonly JobEvent[])[], times: number[] = []): Promise<string[]> => {
  const source = async function* () {
    yield* batches;
  };
  const written: string[] = [];
  for await (const text of toEventStream(source(), () => times.shift() ?? 0)) written.push(text);
  return written;
};

describe('toEventStream', () => {
  it('begins at once, so that the client knows it is connected', async () => {
    expect(await collect([])).toEqual(['retry: 1000\n\n']);
  });

  it('gives each event its id and one line of JSON', async () => {
    const [, text] = await collect([[event(7), event(9)]]);
    expect(text).toBe(`id: 7\ndata: ${JSON.stringify(event(7))}\n\nid: 9\ndata: ${JSON.stringify(event(9))}\n\n`);
  });

  it('says nothing while nothing happens, but for a comment every 15 seconds', async () => {
    const written = await collect([[], [], []], [0, 14_999, 15_000, 15_000, 20_000]);
    expect(written.slice(1)).toEqual([': heartbeat\n\n']);
  });
});

describe('lastEventId', () => {
  it('reads a number and ignores everything else', () => {
    expect(lastEventId('12')).toBe(12);
    expect(lastEventId('-1')).toBeUndefined();
    expect(lastEventId('x')).toBeUndefined();
    expect(lastEventId(['1', '2'])).toBeUndefined();
    expect(lastEventId(undefined)).toBeUndefined();
  });
});
