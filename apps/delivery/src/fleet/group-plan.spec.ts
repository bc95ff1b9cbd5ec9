import { anAssignment, aRollout, BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { cohortOf, GroupPlan } from './group-plan.js';

const device = { id: 'dev_1', baseDigest: BASE };
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

describe('cohortOf', () => {
  it('does not depend on the order of the assignments', () => {
    expect(cohortOf(BASE, [clothing, digits(1)])).toBe(cohortOf(BASE, [digits(1), clothing]));
  });

  it('differs with the base, the task, the version and the modulator', () => {
    const cohorts = [
      cohortOf(BASE, [digits(1)]),
      cohortOf(digestOfDigit('e'), [digits(1)]),
      cohortOf(BASE, [{ ...digits(1), task: 'letters' }]),
      cohortOf(BASE, [{ ...digits(1), modulatorVersion: 2 }]),
      cohortOf(BASE, [{ ...digits(1), digest: digestOfDigit('9') }]),
      cohortOf(BASE, []),
    ];
    expect(new Set(cohorts).size).toBe(cohorts.length);
  });
});
