import { LeasedWork, LeaseLostError, type LeaseQueue } from './leased-work.js';

interface Lease {
  readonly owner: string;
  readonly signal: AbortSignal;
}

/** A queue of words, of which it tells what became. */
const queueOf = (...words: string[]) => {
  const waiting = [...words];
  const released: string[] = [];
  const queue: LeaseQueue<string> = {
    claim: async () => waiting.shift() ?? null,
    renew: async () => true,
    release: async (word) => void released.push(word),
  };
  return { queue, waiting, released };
};

const workOn = (queue: LeaseQueue<string>, work: (word: string, lease: Lease) => Promise<void>, atOnce = 1) =>
  new LeasedWork({ name: 'the test', queue, atOnce, work });

it('does what waits, in order, each under a lease of its own', async () => {
  const { queue } = queueOf('one', 'two');
  const done: string[] = [];
  const owners = new Set<string>();
  const leased = workOn(queue, async (word, { owner }) => {
    done.push(word);
    owners.add(owner);
  });
  leased.start();
  expect(await leased.settled(async () => (done.length === 2 ? done : undefined))).toEqual(['one', 'two']);
  expect(owners.size).toBe(2);
  await leased.stop();
});

it('gives back what it was at when it is stopped', async () => {
  const { queue, released, waiting } = queueOf('one', 'two');
  let begin: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const leased = workOn(queue, (_, { signal }) => {
    begin();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  leased.start();
  await begun;
  await leased.stop();
  expect([released, waiting]).toEqual([['one'], ['two']]);
});

it('leaves to others what they have taken over, and goes on with the next', async () => {
  const { queue, released } = queueOf('lost', 'kept');
  const done: string[] = [];
  const leased = workOn(queue, async (word) => {
    if (word === 'lost') throw new LeaseLostError();
    done.push(word);
  });
  leased.start();
  await leased.settled(async () => (done.length === 1 ? true : undefined));
  expect(released).toEqual([]);
  await leased.stop();
});

it('waits no longer than it is asked to', async () => {
  const { queue } = queueOf();
  const leased = workOn(queue, async () => undefined);
  expect(await leased.settled(async () => undefined, 30)).toBeUndefined();
});
