import { someSpec } from '../testing/some-spec.js';
import { childMessageSchema, isFinal, parentMessageSchema, type ChildMessage } from './messages.js';

const progress = {
  type: 'progress',
  step: 3,
  steps: 10,
  epoch: 0.5,
  loss: 1.2,
  smoothedLoss: 1.3,
  accuracy: 0.5,
  imagesPerSecond: 100,
};

/** What the other end receives: the channel carries JSON. */
const overTheChannel = (message: unknown): unknown => JSON.parse(JSON.stringify(message));

describe('messages of the child', () => {
  it('pass when they are whole', () => {
    expect(childMessageSchema.parse(overTheChannel(progress))).toEqual(progress);
  });

  it.each([
    ['an unknown type', { type: 'hello' }],
    ['a loss that is no number, which JSON turns into null', { ...progress, loss: Number.NaN }],
    ['a step before the first', { ...progress, step: 0 }],
    ['an error code nobody knows', { type: 'failed', code: 'oops', message: '' }],
    ['a message of any length', { type: 'failed', code: 'internal', message: 'x'.repeat(2001) }],
    ['nothing', undefined],
  ])('are refused with %s', (_what, message) => {
    expect(childMessageSchema.safeParse(message && overTheChannel(message)).success).toBe(false);
  });

  it('end with done, stopped or failed', () => {
    const types = (messages: Pick<ChildMessage, 'type'>[]): boolean[] =>
      messages.map((m) => isFinal(m as ChildMessage));
    expect(types([{ type: 'done' }, { type: 'made-base' }, { type: 'stopped' }, { type: 'failed' }])).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(types([{ type: 'loaded' }, { type: 'progress' }, { type: 'note' }, { type: 'evaluating' }])).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('messages to the child', () => {
  const spec = {
    ...someSpec(),
    hyperparameters: { steps: 'auto', flip: true, optimiser: 'sgd', validationShare: 0.1 },
    searchSeconds: 600,
  };

  it('carry a spec unchanged', () => {
    expect(parentMessageSchema.parse(overTheChannel({ type: 'start', spec }))).toEqual({ type: 'start', spec });
  });

  it.each([
    ['two budgets', { budget: { paramsRatio: 0.1, bytes: 5 } }],
    ['a single label', { labels: ['red'] }],
    ['a seed of more than 32 bits', { seed: 2 ** 32 }],
    ['a digest that is none', { base: { ...spec.base, digest: 'sha256:abc' } }],
    ['an unknown encoding', { encoding: 'f64' }],
  ])('are refused with %s', (_what, change) => {
    expect(parentMessageSchema.safeParse({ type: 'start', spec: { ...spec, ...change } }).success).toBe(false);
  });
});
