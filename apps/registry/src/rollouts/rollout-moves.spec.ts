import { rolloutSchema, waveSchema, type Rollout } from '@kernelcast/contracts';
import fc from 'fast-check';
import { abortMove, isDue, pauseMove, resumeMove, rollbackMove, startMove } from './rollout-moves.js';
import { nextStep } from './wave-gate.js';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const stamp = (seconds: number) => at(seconds).toISOString();
const rollout = (fields: Partial<Rollout> = {}): Rollout => ({
  id: `rol_${'0'.repeat(26)}`,
  modulatorVersionId: `mdv_${'0'.repeat(26)}`,
  orderedAs: null,
  taskName: 'pets',
  version: 2,
  groupId: `grp_${'0'.repeat(26)}`,
  state: 'running',
  waves: [0.1, 1].map((share) => waveSchema.parse({ share, soakSeconds: 60, deadlineSeconds: 100 })),
  currentWave: 0,
  onBreach: 'halt',
  priority: 0,
  startAt: null,
  windows: [],
  approval: { required: false, by: null, at: null, comment: null },
  waveStartedAt: stamp(0),
  gateHeldSince: null,
  stopped: null,
  acceptedFailures: 0,
  rolledBackToId: null,
  createdAt: stamp(0),
  startedAt: stamp(0),
  finishedAt: null,
  ...fields,
});
const stopped = (reason: NonNullable<Rollout['stopped']>['reason'], fields: Partial<Rollout> = {}) =>
  rollout({
    state: reason === 'operator' || reason === 'wave_done' ? 'paused' : 'halted',
    stopped: { reason, at: stamp(10) },
    ...fields,
  });

describe('what people do to a rollout', () => {
  it('is allowed in these states only', () => {
    const allowed = (move: (of: Rollout) => unknown) =>
      rolloutSchema.shape.state.options.filter((state) => {
        try {
          return Boolean(move(rollout({ state, stopped: { reason: 'operator', at: stamp(1) } })));
        } catch (error) {
          expect(error).toMatchObject({ code: 'conflict' });
          return false;
        }
      });
    expect(allowed((of) => startMove(of, at(0)))).toEqual(['created']);
    expect(allowed((of) => pauseMove(of, at(0)))).toEqual(['running']);
    expect(allowed((of) => resumeMove(of, { failed: 0, now: at(0) }))).toEqual(['paused', 'halted']);
    expect(allowed((of) => abortMove(of, at(0)))).toEqual(['created', 'scheduled', 'running', 'paused', 'halted']);
    expect(allowed((of) => rollbackMove(of, { now: at(0) }))).toEqual([
      'running',
      'paused',
      'halted',
      'completed',
      'aborted',
    ]);
  });

  it('starts at its time and in its window, and waits for both', () => {
    const created = rollout({ state: 'created', startAt: stamp(10) });
    expect(startMove(created, at(9))).toEqual({ state: 'scheduled' });
    expect(startMove(created, at(10))).toMatchObject({ state: 'running', startedAt: at(10), waveStartedAt: at(10) });
    // The first of January 2026 is a Thursday.
    const fridays = [{ days: ['fri' as const], from: '00:00', to: '23:00', timezone: 'UTC' }];
    expect(isDue({ ...created, windows: fridays }, at(10))).toBe(false);
    expect(isDue({ ...created, windows: fridays }, at(86_400))).toBe(true);
  });

  it('goes on to the next wave where one was done, in a window, as long as there is one', () => {
    expect(resumeMove(stopped('wave_done'), { failed: 0, now: at(50) })).toMatchObject({
      state: 'running',
      currentWave: 1,
      waveStartedAt: at(50),
      stopReason: null,
    });
    expect(() => resumeMove(stopped('wave_done', { currentWave: 1 }), { failed: 0, now: at(50) })).toThrow('last wave');
    const windows = [{ days: ['fri' as const], from: '00:00', to: '23:00', timezone: 'UTC' }];
    expect(() => resumeMove(stopped('wave_done', { windows }), { failed: 0, now: at(50) })).toThrow('window');
  });

  it('begins the wave anew after a halt, with the failures so far accepted', () => {
    expect(resumeMove(stopped('errors'), { failed: 4, now: at(50) })).toEqual({
      state: 'running',
      waveStartedAt: at(50),
      gateHeldSince: null,
      acceptedFailures: 4,
      stopReason: null,
      stoppedAt: null,
    });
  });

  it('stops the clocks while it is paused: a rollout that stood still decides as one that did not', () => {
    const seconds = fc.nat(200);
    fc.assert(
      fc.property(seconds, seconds, seconds, fc.nat(10), fc.boolean(), (before, pause, after, active, held) => {
        const running = rollout(held ? { gateHeldSince: stamp(0) } : {});
        const move = resumeMove(
          { ...running, state: 'paused', stopped: { reason: 'operator', at: stamp(before) } },
          { failed: 0, now: at(before + pause) },
        );
        const resumed = {
          ...running,
          waveStartedAt: move.waveStartedAt?.toISOString() ?? null,
          gateHeldSince: move.gateHeldSince?.toISOString() ?? null,
        };
        const ask = (of: Rollout, now: number) =>
          nextStep({ rollout: of, counts: { targeted: 10, active, failed: 0 }, now: at(now), windowOpen: true }).kind;
        expect(ask(resumed, before + pause + after)).toBe(ask(running, before + after));
      }),
    );
  });
});
