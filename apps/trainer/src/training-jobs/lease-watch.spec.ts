import { AttemptEnding } from './attempt-ending.js';
import { LeaseWatch } from './lease-watch.js';
import type { LeaseState } from './training-jobs.types.js';

const never = new AbortController().signal;
/** The test looks itself. */
const RARELY_MS = 1_000_000;

interface Options {
  readonly look?: () => Promise<LeaseState>;
  readonly deadline?: Date;
  readonly adriftAfterMs?: number;
}

const afterLooks = async (looks: number, options: Options): Promise<AttemptEnding> => {
  const { look = () => Promise.resolve('held'), deadline, adriftAfterMs = RARELY_MS } = options;
  const ending = new AttemptEnding(never);
  const watch = new LeaseWatch({ look, ending, deadline, adriftAfterMs, lookMs: RARELY_MS });
  for (let i = 0; i < looks; i++) await watch.look();
  watch.stop();
  return ending;
};

const away = (): Promise<LeaseState> => Promise.reject(new Error('no database'));

describe('the watch over a lease', () => {
  it('lets an attempt go on that holds it', async () => {
    expect((await afterLooks(3, {})).any.aborted).toBe(false);
  });

  it('ends an attempt at once that has lost it', async () => {
    expect((await afterLooks(1, { look: () => Promise.resolve('lost') })).killed).toBe('lost');
  });

  it('asks for the end when a pause is wanted', async () => {
    const ending = await afterLooks(1, { look: () => Promise.resolve('pause-requested') });
    expect([ending.killed, ending.stopped]).toEqual([undefined, 'pause']);
  });

  it('ends an attempt at its deadline, even when nobody can be asked', async () => {
    expect((await afterLooks(1, { look: away, deadline: new Date() })).killed).toBe('overdue');
    expect((await afterLooks(1, { deadline: new Date(Date.now() + RARELY_MS) })).killed).toBeUndefined();
  });

  it('bears a database that is away for a while, and not for longer', async () => {
    expect((await afterLooks(3, { look: away })).any.aborted).toBe(false);
    expect((await afterLooks(2, { look: away, adriftAfterMs: -1 })).killed).toBe('adrift');
  });

  it('does not ask again before it has an answer', async () => {
    let asked = 0;
    let answer: (state: LeaseState) => void = () => undefined;
    const ending = new AttemptEnding(never);
    const look = () => {
      asked++;
      return new Promise<LeaseState>((resolve) => (answer = resolve));
    };
    const watch = new LeaseWatch({ look, ending, deadline: undefined, adriftAfterMs: RARELY_MS, lookMs: RARELY_MS });
    const first = watch.look();
    await watch.look();
    expect(asked).toBe(1);
    answer('lost');
    await first;
    watch.stop();
    expect(ending.killed).toBe('lost');
  });
});

describe('the end of an attempt', () => {
  it('keeps the first reason of each kind', () => {
    const ending = new AttemptEnding(never);
    ending.stop('pause');
    ending.stop('shutdown');
    ending.kill('overdue');
    ending.kill('lost');
    expect([ending.killed, ending.stopped]).toEqual(['overdue', 'pause']);
  });

  it('comes with the shutdown of the trainer, unless it is over by then', () => {
    const shutdown = new AbortController();
    const [ending, over] = [new AttemptEnding(shutdown.signal), new AttemptEnding(shutdown.signal)];
    over.dispose();
    const stopped: string[] = [];
    ending.on('stop', () => stopped.push('first'));
    ending.on('stop', () => stopped.push('removed'))();
    shutdown.abort();
    expect([ending.stopped, over.stopped]).toEqual(['shutdown', undefined]);
    ending.on('stop', () => stopped.push('late'));
    expect(stopped).toEqual(['first', 'late']);
  });
});
