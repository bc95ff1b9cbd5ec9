import fc from 'fast-check';
import { anAssignment, aPicture, aRollout, BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { FleetState } from './fleet-state.js';

const row = (id: string, groupId = 'grp_1') => ({ id, groupId, baseDigests: [BASE], epoch: 1, revoked: false });

describe('FleetState', () => {
  it('gives a device of a group without rollouts an empty desired state of version 0', () => {
    const state = new FleetState();
    state.apply(aPicture(5, [], []));
    expect(state.desiredFor(state.add(row('dev_1')))).toMatchObject({ version: 0, assignments: [] });
  });

  it('takes the first base of a device that is known', () => {
    const state = new FleetState();
    state.apply(aPicture(1, []));
    const device = state.add({ ...row('dev_1'), baseDigests: [digestOfDigit('e'), BASE] });
    expect(device.baseDigest).toBe(BASE);
  });

  it('keeps the desired state of a group that a change does not touch', () => {
    const state = new FleetState();
    state.apply(aPicture(1, [aRollout()]));
    const device = state.add(row('dev_1'));
    const before = state.desiredFor(device);
    const other = aRollout({ id: 'rol_2', groupId: 'grp_2' });
    state.apply({
      ...aPicture(2, [aRollout(), other]),
      groupVersions: new Map([
        ['grp_1', 1],
        ['grp_2', 2],
      ]),
    });
    expect(state.desiredFor(device)).toBe(before);
  });

  it('does not go back to a picture that was overtaken by a newer one', () => {
    const state = new FleetState();
    state.apply(aPicture(3, [aRollout()]));
    state.apply(aPicture(2, []));
    expect(state.desiredFor(state.add(row('dev_1')))).toMatchObject({ version: 3, assignments: [anAssignment()] });
  });

  it('revokes by epoch, and never back to an older one', () => {
    const state = new FleetState();
    state.apply(aPicture(1, []));
    const device = state.add(row('dev_1'));
    state.apply({ ...aPicture(2, []), revocations: [{ id: 'dev_1', epoch: 2, revoked: true }] });
    state.apply({ ...aPicture(3, []), revocations: [{ id: 'dev_1', epoch: 1, revoked: false }] });
    expect(device).toMatchObject({ epoch: 2, revoked: true });
  });

  it('never gives a device a lower version than before, whatever rollouts start, widen and end', () => {
    const change = fc.record({
      group: fc.nat(1),
      rollout: fc.nat(3),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        const state = new FleetState();
        const groupVersions = new Map<string, number>();
        const live = new Map<string, ReturnType<typeof aRollout>>();
        const devices = ['grp_0', 'grp_1'].map((group) => state.add(row(`dev_${group}`, group)));
        let seen = devices.map(() => 0);
        changes.forEach(({ group, rollout, share }, index) => {
          const id = `rol_${group}_${rollout}`;
          const assignment = anAssignment({ digest: digestOfDigit(String(rollout)), modulatorVersion: rollout + 1 });
          if (share === 0) live.delete(id);
          else live.set(id, aRollout({ id, groupId: `grp_${group}`, share, assignment }));
          groupVersions.set(`grp_${group}`, index + 1);
          state.apply({ ...aPicture(index + 1, [...live.values()]), groupVersions });
          const now = devices.map((device) => state.desiredFor(device).version);
          now.forEach((version, i) => expect(version).toBeGreaterThanOrEqual(seen[i] ?? 0));
          seen = now;
        });
      }),
    );
  });
});
