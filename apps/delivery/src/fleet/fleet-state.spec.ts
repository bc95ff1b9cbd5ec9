import fc from 'fast-check';
import { aDeviceId, anAssignment, aPicture, aRollout, BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { FleetState } from './fleet-state.js';

const DEVICE = aDeviceId(1);
const row = (id = DEVICE, groupId = 'grp_1') => ({ id, groupId, baseDigests: [BASE], epoch: 1, revoked: false });

describe('FleetState', () => {
  it('gives a device of a group without rollouts an empty desired state of version 0', () => {
    const state = new FleetState();
    state.apply(aPicture(5, [], []));
    expect(state.desiredFor(state.add(row()))).toMatchObject({ version: 0, assignments: [] });
  });

  it('takes the first base of a device that is known', () => {
    const state = new FleetState();
    state.apply(aPicture(1, []));
    const device = state.add({ ...row(), baseDigests: [digestOfDigit('e'), BASE] });
    expect(state.desiredFor(device).baseDigest).toBe(BASE);
  });

  it('keeps the desired state of a group that a change does not touch', () => {
    const state = new FleetState();
    state.apply(aPicture(1, [aRollout()]));
    const device = state.add(row());
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
    expect(state.desiredFor(state.add(row()))).toMatchObject({ version: 3, assignments: [anAssignment()] });
  });

  it('revokes by epoch, and never back to an older one', () => {
    const state = new FleetState();
    state.apply(aPicture(1, []));
    const device = state.add(row());
    state.apply({ ...aPicture(2, []), revocations: [{ id: DEVICE, epoch: 2, revoked: true }] });
    state.apply({ ...aPicture(3, []), revocations: [{ id: DEVICE, epoch: 1, revoked: false }] });
    expect([1, 2].map((epoch) => state.standing(device, epoch))).toEqual(['revoked', 'revoked']);
  });

  it('refuses credentials of an older epoch of a device that is not revoked, and of one that was removed', () => {
    const state = new FleetState();
    state.apply(aPicture(1, []));
    const device = state.add({ ...row(), epoch: 2 });
    expect([1, 2].map((epoch) => state.standing(device, epoch))).toEqual(['revoked', 'current']);
    state.remove(DEVICE);
    expect(state.standing(device, 2)).toBe('unknown');
    expect(() => state.desiredFor(device)).toThrow(expect.objectContaining({ code: 'credential_invalid' }));
  });

  it('takes no id that is not one of a device', () => {
    const state = new FleetState();
    state.apply(aPicture(1, []));
    expect(() => state.add(row('dev_1'))).toThrow(RangeError);
    expect(state.device('dev_1')).toBeUndefined();
  });

  it('decides by all groups of a device, of which attributes may add some later', () => {
    const state = new FleetState();
    const clothing = anAssignment({ task: 'clothing', digest: digestOfDigit('c') });
    const rollouts = [aRollout(), aRollout({ id: 'rol_2', groupId: 'grp_2', assignment: clothing })];
    state.apply(aPicture(2, rollouts, ['grp_1', 'grp_2']));
    const device = state.add(row());
    expect(state.desiredFor(device).assignments).toEqual([anAssignment()]);
    state.add({ ...row(), selectorGroups: ['grp_2'] });
    expect(state.desiredFor(device).assignments).toEqual([clothing, anAssignment()]);
  });

  it('gives a device that came from another group no lower version than its floor', () => {
    const state = new FleetState();
    state.apply(aPicture(3, [aRollout()]));
    const others = state.desiredFor(state.add(row(aDeviceId(2))));
    const moved = [3, 4].map((n) => state.desiredFor(state.add({ ...row(aDeviceId(n)), versionFloor: 9 })));
    expect([others.version, ...moved.map(({ version }) => version)]).toEqual([3, 9, 9]);
    expect(moved[0]).toBe(moved[1]);
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
        const devices = ['grp_0', 'grp_1'].map((group, n) => state.add(row(aDeviceId(n), group)));
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
