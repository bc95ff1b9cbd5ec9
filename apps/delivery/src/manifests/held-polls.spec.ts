import { generateSigningKey, importSigner } from '@kernelcast/trust';
import { Registry } from 'prom-client';
import { FleetState } from '../fleet/fleet-state.js';
import type { FleetSync } from '../fleet/fleet-sync.service.js';
import { aDeviceId, anAssignment, aPicture, aRollout, BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { HeldPolls } from './held-polls.js';
import type { HeldPoll } from './held-polls.js';
import { Manifests } from './manifests.js';

const SECOND = 1_000;

describe('HeldPolls', () => {
  let fleet: FleetState;
  let manifests: Manifests;
  let held: HeldPolls;
  let woken: string[];
  beforeAll(async () => {
    manifests = new Manifests(await importSigner(await generateSigningKey()));
  });
  beforeEach(() => {
    fleet = new FleetState();
    fleet.apply(aPicture(1, [aRollout(), aRollout({ id: 'rol_2', groupId: 'grp_2' })], ['grp_1', 'grp_2']));
    held = new HeldPolls(fleet, {} as FleetSync, manifests, new Registry());
    woken = [];
  });
  const hold = (n: number, groupId: string, seconds: number): HeldPoll => {
    const device = fleet.add({ id: aDeviceId(n), groupId, baseDigests: [BASE], epoch: 1, revoked: false });
    const wake = () => void woken.push(device.id);
    const poll = { device, epoch: 1, state: fleet.desiredFor(device), heldIn: undefined, wake };
    held.hold(poll, Date.now() + seconds * SECOND);
    return poll;
  };
  const changedGroup = (version: number) => {
    const assignment = anAssignment({ digest: digestOfDigit('2'), modulatorVersion: 2 });
    const rollouts = [aRollout({ assignment }), aRollout({ id: 'rol_2', groupId: 'grp_2' })];
    return {
      ...aPicture(version, rollouts),
      groupVersions: new Map([
        ['grp_1', version],
        ['grp_2', 1],
      ]),
    };
  };

  it('wakes those whose manifest changed, with the new one signed, and leaves the others', async () => {
    for (let n = 0; n < 600; n++) hold(n, n % 2 === 0 ? 'grp_1' : 'grp_2', 30);
    fleet.apply(changedGroup(2));
    await held.changed();
    expect(new Set(woken)).toEqual(new Set(Array.from({ length: 300 }, (_, i) => aDeviceId(2 * i))));
    expect([woken.length, held.size]).toEqual([300, 300]);
    const state = fleet.desiredFor({ id: aDeviceId(0) });
    expect(manifests.ready(state, new Date())).toBeDefined();
  });

  it('wakes those whose credential was revoked or whose device was removed', async () => {
    [1, 2, 3].forEach((n) => hold(n, 'grp_1', 30));
    const revocations = [{ id: aDeviceId(1), epoch: 2, revoked: true }];
    fleet.apply({ ...aPicture(2, [aRollout()], []), groupVersions: new Map([['grp_1', 1]]), revocations });
    fleet.remove(aDeviceId(2));
    await held.changed();
    expect(woken).toEqual([aDeviceId(1), aDeviceId(2)]);
  });

  it('wakes each when its time has come and not before, also after the process stood still for long', async () => {
    hold(1, 'grp_1', 2);
    hold(2, 'grp_1', 20);
    hold(3, 'grp_1', 60);
    const start = Date.now();
    await held.advance(start + 1 * SECOND);
    expect(woken).toEqual([]);
    await held.advance(start + 3 * SECOND);
    expect(woken).toEqual([aDeviceId(1)]);
    await held.advance(start + 1_000 * SECOND);
    expect(new Set(woken)).toEqual(new Set([1, 2, 3].map(aDeviceId)));
    expect(held.size).toBe(0);
  });

  it('forgets those that were released, and wakes the rest when the service ends', async () => {
    const gone = hold(1, 'grp_1', 30);
    hold(2, 'grp_1', 30);
    held.release(gone);
    await held.beforeApplicationShutdown();
    expect([woken, held.size, held.isClosed]).toEqual([[aDeviceId(2)], 0, true]);
  });
});
