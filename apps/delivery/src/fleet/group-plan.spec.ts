import { encodeTime } from 'ulid';
import { anAssignment, aRollout, BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { cohortOf, GroupPlan } from './group-plan.js';

const audience = { groupId: 'grp_1', baseDigest: BASE };
const device = { ...audience, id: 'dev_1' };
const digits = (version: number) => anAssignment({ modulatorVersion: version, digest: digestOfDigit(String(version)) });
const clothing = anAssignment({ task: 'clothing', digest: digestOfDigit('c') });

describe('GroupPlan', () => {
  it('gives each task its newest rollout, sorted by task', () => {
    const plan = new GroupPlan(3, [
      aRollout({ id: 'rol_1', assignment: digits(1) }),
      aRollout({ id: 'rol_2', assignment: digits(2), startedAt: new Date('2026-01-02') }),
      aRollout({ id: 'rol_3', assignment: clothing }),
    ]);
    expect(plan.desiredFor(device).assignments).toEqual([clothing, digits(2)]);
  });

  it('lets a rollout of higher priority decide, however old it is', () => {
    const plan = new GroupPlan(3, [
      aRollout({ id: 'rol_1', assignment: digits(1), priority: 1 }),
      aRollout({ id: 'rol_2', assignment: digits(2), startedAt: new Date('2026-01-02') }),
    ]);
    expect(plan.desiredFor(device).assignments).toEqual([digits(1)]);
  });

  it('lets an older rollout decide for devices outside the current wave of a newer one', () => {
    const plan = new GroupPlan(3, [
      aRollout({ id: 'rol_1', assignment: digits(1) }),
      aRollout({ id: 'rol_2', assignment: digits(2), startedAt: new Date('2026-01-02'), share: 1e-9 }),
    ]);
    expect(plan.desiredFor(device).assignments).toEqual([digits(1)]);
  });

  it('leaves out modulators of another base', () => {
    const plan = new GroupPlan(1, [aRollout({ assignment: anAssignment({ baseDigest: digestOfDigit('e') }) })]);
    expect(plan.desiredFor(device).assignments).toEqual([]);
  });

  it('gives devices with equal desired state one and the same object', () => {
    const plan = new GroupPlan(1, [aRollout()]);
    expect(plan.desiredFor({ ...device, id: 'dev_2' })).toBe(plan.desiredFor(device));
  });

  it('has a fingerprint that changes with version, share, modulator and order, and with nothing else', () => {
    const rollouts = [aRollout(), aRollout({ id: 'rol_2', assignment: clothing, startedAt: new Date('2026-01-02') })];
    const { fingerprint } = new GroupPlan(1, rollouts);
    expect(new GroupPlan(1, [...rollouts].reverse()).fingerprint).toBe(fingerprint);
    expect(new GroupPlan(2, rollouts).fingerprint).not.toBe(fingerprint);
    expect(new GroupPlan(1, rollouts.slice(1)).fingerprint).not.toBe(fingerprint);
    expect(
      new GroupPlan(
        1,
        rollouts.map((r) => ({ ...r, share: 0.5 })),
      ).fingerprint,
    ).not.toBe(fingerprint);
  });
});

it('what devices are to trust is part of their desired state, and a change of it changes the plan', () => {
  const trustRoot = [{ protected: 'eyJ9', payload: 'e30', signature: 'c2ln' }];
  const plan = new GroupPlan(1, [aRollout()], trustRoot);
  expect(plan.desiredFor(device).trustRoot).toBe(trustRoot);
  expect(plan.fingerprint).not.toBe(new GroupPlan(1, [aRollout()]).fingerprint);
});

describe('a quarantined version', () => {
  /** The time is in the id: the first ten characters of a ULID. */
  const enrolled = (at: Date) => ({ ...audience, id: `dev_${encodeTime(at.getTime(), 10)}${'0'.repeat(16)}` });
  const [early, late] = [enrolled(new Date('2026-01-01')), enrolled(new Date('2026-02-02'))];
  const frozenAt = new Date('2026-02-01');
  const older = aRollout({ id: 'rol_1', assignment: digits(1) });
  const frozen = aRollout({
    id: 'rol_2',
    assignment: digits(2),
    startedAt: new Date('2026-01-02'),
    frozenAt,
    quarantined: true,
  });

  it('stays on the devices that it was for, and is given to none that enrols later', () => {
    const plan = new GroupPlan(3, [older, frozen]);
    expect(plan.desiredFor(early).assignments).toEqual([digits(2)]);
    expect(plan.desiredFor(late).assignments).toEqual([digits(1)]);
  });

  it('is not what devices go back to when a newer version is revoked', () => {
    const startedAt = new Date('2026-01-03');
    const revoked = aRollout({ id: 'rol_3', assignment: digits(3), startedAt, withdrawn: true });
    expect(new GroupPlan(4, [older, frozen, revoked]).desiredFor(early).assignments).toEqual([digits(1)]);
    const few = { ...revoked, share: 1e-9 };
    expect(new GroupPlan(4, [older, frozen, few]).desiredFor(early).assignments).toEqual([digits(2)]);
  });

  it('changes the fingerprint of the plan', () => {
    const prints = [undefined, frozenAt].map((at) => new GroupPlan(1, [aRollout({ frozenAt: at })]).fingerprint);
    expect(prints[0]).not.toBe(prints[1]);
  });
});

describe('a rollout that was given up', () => {
  it('keeps the devices that it had, also those that come back from one that was rolled back, and gets no new ones', () => {
    const enrolled = (at: Date) => ({ ...device, id: `dev_${encodeTime(at.getTime(), 10)}${'0'.repeat(16)}` });
    const older = aRollout({ id: 'rol_1', assignment: digits(1) });
    const aborted = aRollout({
      id: 'rol_2',
      assignment: digits(2),
      startedAt: new Date('2026-01-02'),
      frozenAt: new Date('2026-02-01'),
    });
    const rolledBack = aRollout({ id: 'rol_3', startedAt: new Date('2026-03-01'), withdrawn: true });
    const plan = new GroupPlan(3, [older, aborted, rolledBack]);
    expect(plan.desiredFor(enrolled(new Date('2026-01-01'))).assignments).toEqual([digits(2)]);
    expect(plan.desiredFor(enrolled(new Date('2026-02-02'))).assignments).toEqual([digits(1)]);
  });
});

describe('cohortOf', () => {
  it('does not depend on the order of the assignments', () => {
    expect(cohortOf(audience, [clothing, digits(1)])).toBe(cohortOf(audience, [digits(1), clothing]));
  });

  it('differs with the base, the task, the version and the modulator', () => {
    const cohorts = [
      cohortOf(audience, [digits(1)]),
      cohortOf({ ...audience, baseDigest: digestOfDigit('e') }, [digits(1)]),
      cohortOf({ ...audience, groupId: 'grp_2' }, [digits(1)]),
      cohortOf(audience, [{ ...digits(1), task: 'letters' }]),
      cohortOf(audience, [{ ...digits(1), modulatorVersion: 2 }]),
      cohortOf(audience, [{ ...digits(1), digest: digestOfDigit('9') }]),
      cohortOf(audience, []),
    ];
    expect(new Set(cohorts).size).toBe(cohorts.length);
  });
});
