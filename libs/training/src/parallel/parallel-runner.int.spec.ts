import { readdirSync } from 'node:fs';
import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { waitFor } from '@kernelcast/testing';
import { resolveHyperparameters } from '../hyperparameters/hyperparameters.js';
import { createLocalRunner } from '../loop/local-runner.js';
import type { StepRunner } from '../loop/step-runner.types.js';
import { tinyBase, tinyDataset } from '../loop/tiny-task.fixture.js';
import { createParallelRunner } from './parallel-runner.js';
import type { ParallelRunnerOptions } from './parallel-runner.js';
import { SpareThreads } from './spare-threads.js';

/** Threads run outside of the test runner, so they are the built ones: `npx nx build training`. */
const BUILT = path.resolve(import.meta.dirname, '../../dist');
const ENTRIES = {
  trainer: path.join(BUILT, 'parallel/worker/main.js'),
  feed: path.join(BUILT, 'data/feed/feed-thread.js'),
};
const STEPS = 6;
/** Parts of 5, 5 and 6 images on three threads. */
const BATCH = 16;

const options = (changes: Partial<ParallelRunnerOptions> = {}): ParallelRunnerOptions => {
  const { train } = tinyDataset();
  const method = changes.method ?? 'km';
  const chosen = { steps: STEPS, batchSize: BATCH, shiftPixels: 1, cropScale: 0.8, colourJitter: 0.1, averaging: 0.9 };
  return {
    base: tinyBase(),
    method,
    budget: { paramsRatio: 0.2 },
    classes: 3,
    train,
    hyperparameters: resolveHyperparameters(method, chosen, train.count),
    seed: 3,
    pause: async () => undefined,
    threads: 3,
    entries: ENTRIES,
    ...changes,
  };
};

const valuesOf = (tensors: WeightMap) => [...tensors].map(([name, { shape, data }]) => [name, [...shape], [...data]]);
const rate = (step: number) => 1 - step / STEPS;

/** Steps `from` to `to`; gives what they told. */
async function run(runner: StepRunner, from = 0, to = STEPS) {
  const outcomes = [];
  for (let step = from; step < to; step++) outcomes.push(await runner.step(step, rate(step)));
  return outcomes;
}

/** Runs a test on a runner, which it disposes afterwards. */
async function using<T, R extends StepRunner>(creating: Promise<R>, body: (runner: R) => Promise<T>): Promise<T> {
  const runner = await creating;
  try {
    return await body(runner);
  } finally {
    await runner.dispose();
  }
}

const everything = async (runner: StepRunner) => ({
  outcomes: await run(runner),
  state: valuesOf(await runner.state()),
  exported: valuesOf(await runner.exportTensors()),
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kernelcast-parallel-'));
  await initBackend({ force: 'wasm' });
});
afterAll(() => rm(folder, { recursive: true }));

/** The trainer's program, after a piece of code that may tamper with its surroundings. */
async function tampered(name: string, code: string): Promise<typeof ENTRIES> {
  const trainer = path.join(folder, `${name}.mjs`);
  const imports = `import { parentPort, workerData } from 'node:worker_threads';`;
  await writeFile(
    trainer,
    `${imports}\n${code}\nawait import(${JSON.stringify(pathToFileURL(ENTRIES.trainer).href)});`,
  );
  return { ...ENTRIES, trainer };
}

describe.each(['km', 'head'])('training by %s on threads', (method) => {
  it('gives with one thread what the local runner gives, bit for bit', async () => {
    const local = await using(createLocalRunner(options({ method })), everything);
    const parallel = await using(createParallelRunner(options({ method, threads: 1 })), everything);
    expect(parallel).toEqual(local);
  });

  it('keeps its replicas equal, whoever comes first', async () => {
    const plain = await using(createParallelRunner(options({ method })), everything);
    const entries = await tampered(
      'late',
      `const idle = new Int32Array(new SharedArrayBuffer(4));
       let state = 7 + workerData.index;
       const dawdle = () => Atomics.wait(idle, 0, 0, (state = (state * 48271) % 2147483647) % 5);
       const add = Atomics.add;
       Atomics.add = (...args) => { dawdle(); return add(...args); };
       parentPort.on('message', dawdle);`,
    );
    await using(createParallelRunner(options({ method, entries })), async (runner) => {
      expect(await everything(runner)).toEqual(plain);
      const [first, ...others] = (await runner.replicaStates()).map(valuesOf);
      expect(others).toEqual([first, first]);
    });
  });

  it('continues from a state as if it had never stopped', async () => {
    const whole = await using(createParallelRunner(options({ method })), everything);
    const half = await using(createParallelRunner(options({ method })), async (runner) => {
      await run(runner, 0, 3);
      return runner.state();
    });
    await using(createParallelRunner(options({ method })), async (runner) => {
      await runner.restore(half, 3);
      const outcomes = await run(runner, 3);
      expect(outcomes).toEqual(whole.outcomes.slice(3));
      expect(valuesOf(await runner.state())).toEqual(whole.state);
    });
  });
});

describe('a parallel runner', () => {
  it('computes the gradient of the whole batch, where no BatchNorm sees but a part of it', async () => {
    const averaging = { hyperparameters: { ...options({ method: 'head' }).hyperparameters, averaging: 0 } };
    const last = async (threads: number) =>
      using(createParallelRunner(options({ method: 'head', threads, ...averaging })), async (runner) => {
        const outcomes = await run(runner);
        return outcomes.map(({ loss }) => loss);
      });
    const [one, three] = [await last(1), await last(3)];
    // Rounding of sums in single precision, through six steps.
    three.forEach((loss, step) => expect(loss).toBeCloseTo(one[step] ?? NaN, 4));
  });

  it('changes nothing when the loss is no number', async () => {
    await using(createParallelRunner(options({ base: tinyBase(3e38), threads: 2 })), async (runner) => {
      const before = valuesOf(await runner.state());
      expect((await runner.step(0, 1)).loss).toBe(NaN);
      for (const state of await runner.replicaStates()) expect(valuesOf(state)).toEqual(before);
    });
  });

  it('uses no more threads than there are pairs of images in a batch', async () => {
    const hyperparameters = { ...options().hyperparameters, batchSize: 3 };
    await using(createParallelRunner(options({ threads: 8, hyperparameters })), async (runner) => {
      expect(runner.threads).toBe(1);
      expect((await runner.step(0, 1)).loss).toBeGreaterThan(0);
    });
  });

  it('keeps the event loop free while it trains', async () => {
    await using(createParallelRunner(options({ threads: 1 })), async (runner) => {
      let turns = 0;
      const counting = setInterval(() => turns++, 0);
      await run(runner);
      clearInterval(counting);
      expect(turns).toBeGreaterThan(0);
    });
  });

  it('says which tensor of a state does not fit, and trains on', async () => {
    await using(createParallelRunner(options({ threads: 2 })), async (runner) => {
      const state = new Map(await runner.state());
      const whole = new Map(state);
      state.delete('head/bias');
      await expect(runner.restore(state, 1)).rejects.toMatchObject({ name: 'ModulatorMismatchError' });
      await runner.restore(whole, 0);
      expect((await runner.step(0, 1)).loss).toBeGreaterThan(0);
    });
  });

  it.each([
    [{ method: 'nonsense' }, 'method_unknown'],
    [{ budget: { paramsRatio: 1e-6 } }, 'budget_unreachable'],
    [{ backend: 'tfjs-node-gpu' as const }, 'backend_unavailable'],
  ])('refuses %j', async (changes, code) => {
    await expect(createParallelRunner(options({ threads: 2, ...changes }))).rejects.toMatchObject({ code });
  });
});

/** Threads of this process, as Linux lists them. */
const threadCount = () => readdirSync('/proc/self/task').length;

describe('a training thread', () => {
  const inThreadOne = (step: number, what: string) =>
    `parentPort.on('message', ({ request }) => { if (workerData.index === 1 && request.step === ${step}) ${what}; });`;

  it.each([
    { what: 'ends', code: inThreadOne(2, 'process.exit(3)'), expected: { code: 'training_thread_failed', thread: 1 } },
    {
      what: 'throws outside of everything',
      code: inThreadOne(2, `throw new Error('lost')`),
      expected: { code: 'training_thread_failed', thread: 1, cause: expect.objectContaining({ message: 'lost' }) },
    },
    {
      what: 'fails in a step',
      code: inThreadOne(2, `Atomics.load = () => { throw new RangeError('no such cell'); }`),
      expected: { name: 'RangeError', message: 'no such cell' },
    },
    {
      what: 'hangs',
      code: inThreadOne(2, 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'),
      expected: { code: 'barrier_broken' },
      patience: 500,
    },
  ])('that $what ends the run with its error', async ({ what, code, expected, patience }) => {
    const entries = await tampered(what.replaceAll(' ', '-'), code);
    const runner = await createParallelRunner(options({ threads: 2, entries, patience }));
    const error: unknown = await run(runner).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject(expected);
    await expect(runner.step(3, 1)).rejects.toBe(error);
    await expect(runner.state()).rejects.toBe(error);
    await runner.dispose();
  });

  it('is gone after its runner, whatever it was doing', async () => {
    const begin = () => createParallelRunner(options({ threads: 2 }));
    await using(begin(), (runner) => run(runner));
    const before = threadCount();
    const busy = await begin();
    expect(threadCount()).toBeGreaterThan(before);
    const stepping = run(busy);
    const ended = expect(stepping).rejects.toMatchObject({
      code: expect.stringMatching(/runner_disposed|feed_closed/),
    });
    await busy.dispose();
    await ended;
    expect(threadCount()).toBeLessThanOrEqual(before);
  });

  it.each(['km', 'head'])('is gone when %s is stopped before the first step', async (method) => {
    const before = threadCount();
    const reason = new Error('stop');
    const entries = await tampered('never', `await new Promise(() => setInterval(() => undefined, 1e6));`);
    const pause = () => Promise.reject(reason);
    await expect(createParallelRunner(options({ threads: 2, method, entries, pause }))).rejects.toBe(reason);
    expect(threadCount()).toBeLessThanOrEqual(before);
  });
});

describe('spare threads', () => {
  const spareThreads = (entry = ENTRIES.trainer) => new SpareThreads({ threads: 3, entry });

  it('are taken, and give what fresh ones give, bit for bit', async () => {
    const fresh = await using(createParallelRunner(options({ threads: 2 })), everything);
    const spare = spareThreads();
    // No program to start a thread of: there must be no need for one.
    const entries = { ...ENTRIES, trainer: path.join(folder, 'none.mjs') };
    const taken = await using(createParallelRunner(options({ threads: 2, spare, entries })), everything);
    expect(taken).toEqual(fresh);
    expect(spare.waiting).toBe(1);
    await spare.dispose();
    expect(spare.waiting).toBe(0);
  });

  it('are passed over when they are of another backend', async () => {
    const spare = spareThreads();
    const creating = createParallelRunner(options({ threads: 2, spare, backend: 'cpu' }));
    await using(creating, (runner) => run(runner, 0, 1));
    expect(spare.waiting).toBe(3);
    await spare.dispose();
  });

  it('are replaced by fresh ones when they have died', async () => {
    const { trainer } = await tampered('dying', 'process.exit(1);');
    const spare = spareThreads(trainer);
    await waitFor('all to die', () => spare.waiting === 0);
    await using(createParallelRunner(options({ threads: 2, spare })), (runner) => run(runner, 0, 1));
  });
});
