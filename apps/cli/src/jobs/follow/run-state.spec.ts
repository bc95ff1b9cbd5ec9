import type { JobEvent } from '@kernelcast/contracts';
import { BEGINNING, follow, secondsToGo, type RunState } from './run-state.js';

const START = Date.parse('2030-01-01T00:00:00Z');
const event = (type: JobEvent['type'], data: JobEvent['data'], second = 0): JobEvent => ({
  id: second + 1,
  at: new Date(START + second * 1000).toISOString(),
  type,
  data,
});
const running = event('state', { state: 'running', attempt: 1 });
const step = (number: number, second = number) =>
  event('step', { step: number, steps: 100, loss: 1 / number, accuracy: 0.5, imagesPerSecond: 800 }, second);
const after = (events: readonly JobEvent[]): RunState => events.reduce(follow, BEGINNING);

describe('the state of a run', () => {
  it('gathers states, the curve and the throughput', () => {
    expect(after([running, step(1), step(2)])).toMatchObject({
      state: 'running',
      attempt: 1,
      step: 2,
      steps: 100,
      imagesPerSecond: 800,
      points: [
        { step: 1, loss: 1, accuracy: 0.5 },
        { step: 2, loss: 0.5, accuracy: 0.5 },
      ],
    });
  });

  it('takes back the steps that an attempt from a checkpoint trains again', () => {
    const again = after([
      running,
      step(10),
      step(20),
      step(30),
      event('state', { state: 'running', attempt: 2 }),
      step(20, 60),
    ]);
    expect(again.points.map((point) => point.step)).toEqual([10, 20]);
    expect(again.attempt).toBe(2);
  });

  it('tells why a job failed, and forgets it when the job goes on', () => {
    const failed = follow(
      BEGINNING,
      event('state', { state: 'failed', error: { code: 'out_of_memory', message: 'no' } }),
    );
    expect(failed.error).toBe('out_of_memory: no');
    expect(follow(failed, running).error).toBeUndefined();
  });

  it('foretells the end by the pace of the latest steps', () => {
    expect(secondsToGo(after([running, step(10), step(20)]))).toBe(80);
    expect(secondsToGo(after([running, step(10)]))).toBeUndefined();
    expect(secondsToGo(after([running, step(10), step(20), event('state', { state: 'paused' })]))).toBeUndefined();
  });

  it('keeps a long curve within bounds, from its beginning to its end', () => {
    const { points } = after(Array.from({ length: 9000 }, (_, i) => step(i + 1)));
    expect(points.length).toBeLessThanOrEqual(4001);
    expect([points[0]?.step, points.at(-1)?.step]).toEqual([1, 9000]);
  });

  it('takes nothing for a number that is none', () => {
    const odd = follow(BEGINNING, event('step', { step: 'x', steps: null, loss: NaN }));
    expect(odd).toMatchObject({ step: 0, steps: 0, points: [{ loss: undefined }] });
  });
});
