import { issueCredential } from '@kernelcast/trust/node';
import fc from 'fast-check';
import { FleetState } from '../fleet/fleet-state.js';
import { aDeviceId, aPicture, BASE } from '../testing/fleet.factory.js';
import { Credentials, deriveKey } from './credentials.js';
import { DeviceRecogniser } from './device-recogniser.js';

const MASTER_KEY = new Uint8Array(32).fill(5);
const NOW = new Date('2026-01-01T00:00:00Z');
const DEVICE = aDeviceId(1);
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const credential = ({ deviceId = DEVICE, epoch = 2, expiresAt = later(60) } = {}) =>
  issueCredential({ deviceId, epoch, expiresAt }, deriveKey(MASTER_KEY, 'kernelcast.credential/1'));

describe('DeviceRecogniser', () => {
  let fleet: FleetState;
  let recogniser: DeviceRecogniser;
  beforeEach(() => {
    fleet = new FleetState();
    fleet.apply(aPicture(1, []));
    fleet.add({ id: DEVICE, groupId: 'grp_1', baseDigests: [BASE], epoch: 2, revoked: false });
    recogniser = new DeviceRecogniser(new Credentials(MASTER_KEY), fleet);
  });
  const recognises = (token: string, now = NOW, scheme = 'Bearer ') => {
    const bytes = Buffer.from(`..${scheme}${token}..`, 'latin1');
    return recogniser.recognise(bytes, 2, bytes.length - 2, now) >= 0;
  };

  it('recognises a device by a credential that holds, the first time and every other', () => {
    expect([1, 2, 3].map(() => recognises(credential()))).toEqual([true, true, true]);
    expect(recogniser.epoch).toBe(2);
    expect(recognises(credential({ epoch: 3, expiresAt: later(90) }))).toBe(true);
    expect(recognises(credential())).toBe(true);
  });

  it('holds expiry, epoch and revocation against one that was verified before', () => {
    expect(recognises(credential())).toBe(true);
    expect(recognises(credential(), later(60))).toBe(false);
    fleet.apply({ ...aPicture(2, []), revocations: [{ id: DEVICE, epoch: 3, revoked: false }] });
    expect(recognises(credential())).toBe(false);
    expect(recognises(credential({ epoch: 3 }))).toBe(true);
    fleet.apply({ ...aPicture(3, []), revocations: [{ id: DEVICE, epoch: 3, revoked: true }] });
    expect(recognises(credential({ epoch: 3 }))).toBe(false);
  });

  it('takes no other text for a credential that was verified', () => {
    const token = credential();
    expect(recognises(token)).toBe(true);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string({ maxLength: 2 }), (at, to) => {
        const changed = token.slice(0, at) + to + token.slice(at + 1);
        fc.pre(Buffer.from(changed, 'latin1').toString('latin1') !== token);
        expect(recognises(changed)).toBe(false);
      }),
    );
  });

  it.each([
    ['of a device that is not known', () => credential({ deviceId: aDeviceId(2) })],
    ['with an epoch beyond 32 bits', () => credential({ epoch: 2 ** 32 + 2 })],
    ['that nobody signed', () => `kcd1.${DEVICE}.0.0.${'A'.repeat(43)}`],
    [
      'with another way to write its MAC',
      () => {
        const token = credential();
        const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
        return token.slice(0, -1) + last.charAt(last.indexOf(token.slice(-1)) + 1);
      },
    ],
  ])('does not recognise one %s', (_, token) => {
    expect(recognises(token())).toBe(false);
  });

  it('knows one scheme', () => {
    expect(recognises(credential(), NOW, 'Basic  ')).toBe(false);
  });
});
