import { waveSchema, type Rollout } from '@kernelcast/contracts';
import fc from 'fast-check';
import { measureGate, nextStep, type GateQuestion, type GateStep } from './wave-gate.js';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000);
const wave = (fields: object = {}) => waveSchema.parse({ share: 0.1, ...fields });
const rolloutOf = (waves: Rollout['waves'], fields: Partial<GateQuestion['rollout']> = {}) => ({
  waves,
  currentWave: 0,
  waveStartedAt: at(0).toISOString(),
  gateHeldSince: null,
  acceptedFailures: 0,
  ...fields,
});
const stepOf = (
  rollout: GateQuestion['rollout'],
  [targeted, active, failed]: [number, number, number],
  { seconds = 0, windowOpen = true } = {},
) => nextStep({ rollout, counts: { targeted, active, failed }, now: at(seconds), windowOpen });
const two = (fields: object = {}) => [wave(fields), wave({ share: 1 })];
const WAIT = { kind: 'wait', gateHeldSince: null };

describe('the gate of a wave', () => {
  it('waits while a device of the wave does not run the version, and while the wave is empty', () => {
    expect(stepOf(rolloutOf(two()), [10, 9, 0])).toEqual(WAIT);
    expect(stepOf(rolloutOf(two()), [0, 0, 0], { seconds: 1e6 })).toEqual(WAIT);
  });

  it('goes on by one wave, stops between waves when asked to, and ends with the whole group', () => {
    expect(stepOf(rolloutOf(two()), [1, 1, 0])).toEqual({ kind: 'advance' });
    expect(stepOf(rolloutOf(two({ onSuccess: 'pause' })), [1, 1, 0])).toEqual({ kind: 'pause', reason: 'wave_done' });
    const last = [wave(), wave({ share: 1, onSuccess: 'pause' })];
    expect(stepOf(rolloutOf(last, { currentWave: 1 }), [10, 10, 0])).toEqual({ kind: 'complete' });
    expect(stepOf(rolloutOf([wave({ share: 0.5 })]), [5, 5, 0])).toEqual({ kind: 'pause', reason: 'wave_done' });
  });

  it('is content with a sample, or with the whole wave where that is smaller', () => {
    const waves = two({ minSample: 20, successRatio: 0.9 });
    expect(stepOf(rolloutOf(waves), [1000, 19, 0])).toEqual(WAIT);
    expect(stepOf(rolloutOf(waves), [1000, 18, 2])).toEqual({ kind: 'advance' });
    expect(stepOf(rolloutOf(waves), [5, 5, 0])).toEqual({ kind: 'advance' });
  });

  it('halts by errors among the sample, and before by as many as the whole wave may not have', () => {
    const waves = two({ minSample: 20, errorRatio: 0.1, successRatio: 0.5 });
    expect(stepOf(rolloutOf(waves), [1000, 0, 19])).toEqual(WAIT);
    expect(stepOf(rolloutOf(waves), [1000, 17, 3])).toEqual({ kind: 'halt', reason: 'errors' });
    expect(stepOf(rolloutOf(waves), [100, 0, 11])).toEqual({ kind: 'halt', reason: 'errors' });
  });

  it('soaks from when the ratio was reached, and from the start again when it was lost', () => {
    const waves = two({ soakSeconds: 60 });
    expect(stepOf(rolloutOf(waves), [10, 10, 0], { seconds: 30 })).toEqual({ kind: 'wait', gateHeldSince: at(30) });
    const soaking = rolloutOf(waves, { gateHeldSince: at(30).toISOString() });
    expect(stepOf(soaking, [10, 10, 0], { seconds: 89 })).toEqual({ kind: 'wait', gateHeldSince: at(30) });
    expect(stepOf(soaking, [11, 10, 0], { seconds: 89 })).toEqual(WAIT);
    expect(stepOf(soaking, [10, 10, 0], { seconds: 90 })).toEqual({ kind: 'advance' });
  });

  it('takes silence past the deadline for failure', () => {
    const waves = two({ deadlineSeconds: 100, errorRatio: 0.2, successRatio: 0.9 });
    expect(stepOf(rolloutOf(waves), [10, 6, 0], { seconds: 99 })).toEqual(WAIT);
    expect(stepOf(rolloutOf(waves), [10, 6, 0], { seconds: 100 })).toEqual({ kind: 'halt', reason: 'errors' });
    expect(stepOf(rolloutOf(waves), [10, 8, 0], { seconds: 100 })).toEqual({ kind: 'halt', reason: 'deadline' });
    expect(stepOf(rolloutOf(waves), [10, 9, 0], { seconds: 100 })).toEqual({ kind: 'advance' });
  });

  it('leaves failures out with which somebody let it go on, but no further ones', () => {
    const accepted = rolloutOf(two({ errorRatio: 0.1 }), { acceptedFailures: 3 });
    expect(stepOf(accepted, [10, 7, 3])).toEqual({ kind: 'advance' });
    expect(stepOf(accepted, [10, 6, 4])).toEqual({ kind: 'halt', reason: 'errors' });
  });

  it('does not widen outside of maintenance windows, and does not soak twice for it', () => {
    const held = rolloutOf(two(), { gateHeldSince: at(5).toISOString() });
    expect(stepOf(held, [10, 10, 0], { seconds: 50, windowOpen: false })).toEqual({
      kind: 'wait',
      gateHeldSince: at(5),
    });
  });
});

describe('a rollout under whatever its devices report', () => {
  type Phase = 'silent' | 'active' | 'failed';
  const DEVICES = 12;
  const anyWave = fc.record({
    minSample: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    soakSeconds: fc.nat(30),
    successRatio: fc.constantFrom(0, 0.5, 0.9, 1),
    errorRatio: fc.constantFrom(0, 0.1, 0.5),
    deadlineSeconds: fc.integer({ min: 1, max: 200 }),
  });
  const anyEvent = fc.record({
    device: fc.nat(DEVICES - 1),
    phase: fc.constantFrom<Phase>('active', 'failed'),
    seconds: fc.nat(20),
    windowOpen: fc.boolean(),
  });

  interface Run {
    rollout: GateQuestion['rollout'];
    phases: Phase[];
    ended?: GateStep;
  }
  const reach = (index: number, count: number) => Math.ceil((DEVICES * (index + 1)) / count);
  const countsOf = ({ rollout, phases }: Run) => {
    const members = phases.slice(0, reach(rollout.currentWave, rollout.waves.length));
    const of = (phase: Phase) => members.filter((each) => each === phase).length;
    return { targeted: members.length, active: of('active'), failed: of('failed') };
  };
  const take = (run: Run, step: GateStep, now: Date): void => {
    const { rollout } = run;
    if (step.kind === 'wait') run.rollout = { ...rollout, gateHeldSince: step.gateHeldSince?.toISOString() ?? null };
    else if (step.kind === 'advance') {
      const currentWave = rollout.currentWave + 1;
      run.rollout = { ...rollout, currentWave, waveStartedAt: now.toISOString(), gateHeldSince: null };
    } else run.ended = step;
  };

  it('goes wave by wave, only with its sample, its ratios and its soak, and never on after a breach', () => {
    fc.assert(
      fc.property(fc.array(anyWave, { minLength: 1, maxLength: 4 }), fc.array(anyEvent), (fields, events) => {
        const waves = fields.map((each, i) => wave({ ...each, share: (i + 1) / fields.length }));
        const run: Run = { rollout: rolloutOf(waves), phases: Array.from({ length: DEVICES }, () => 'silent') };
        let seconds = 0;
        let heldFor = 0;
        for (const { device, phase, seconds: passed, windowOpen } of events) {
          run.phases[device] = phase;
          seconds += passed;
          const now = at(seconds);
          const { rollout } = run;
          const question = { rollout, counts: countsOf(run), now, windowOpen };
          const measures = measureGate(question);
          const current = waves[rollout.currentWave];
          const holds = measures.outcomes >= measures.sample && measures.successRatio >= (current?.successRatio ?? 0);
          heldFor = holds && rollout.gateHeldSince !== null ? heldFor + passed : 0;
          const step = nextStep(question);
          take(run, step, now);
          if (step.kind === 'advance') {
            expect(windowOpen && holds && heldFor >= (current?.soakSeconds ?? 0)).toBe(true);
            expect(run.rollout.currentWave).toBe(rollout.currentWave + 1);
            expect(measures.errorRatio).toBeLessThanOrEqual(current?.errorRatio ?? 0);
            heldFor = 0;
          }
          if (step.kind === 'complete') expect(rollout.currentWave).toBe(waves.length - 1);
          if (measures.late) expect(measures.outcomes).toBe(question.counts.targeted);
          if (run.ended) return;
        }
      }),
    );
  });

  it('counts a device once, however often it changes its mind', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 50 }), (events) => {
        const run: Run = {
          rollout: rolloutOf([wave({ share: 1 })]),
          phases: Array.from({ length: DEVICES }, () => 'silent'),
        };
        for (const { device, phase } of events) run.phases[device] = phase;
        const counts = countsOf(run);
        const measures = measureGate({ rollout: run.rollout, counts, now: at(0) });
        expect(measures.outcomes).toBe(new Set(events.map(({ device }) => device)).size);
      }),
    );
  });
});
