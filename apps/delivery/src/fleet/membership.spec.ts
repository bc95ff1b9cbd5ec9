import { createHash } from 'node:crypto';
import { isMember } from './membership.js';

const deviceIds = Array.from({ length: 4_000 }, (_, i) => `dev_${i}`);

describe('isMember', () => {
  it('compares the first 8 bytes of SHA-256(rolloutId:deviceId), as a fraction, with the share', () => {
    const fraction = createHash('sha256').update('rol_1:dev_1').digest().readUInt32BE(0) / 2 ** 32;
    expect(isMember('rol_1', 'dev_1', fraction - 1e-6)).toBe(false);
    expect(isMember('rol_1', 'dev_1', fraction + 1e-6)).toBe(true);
  });

  it('takes everybody at 1 and nobody at 0', () => {
    expect(deviceIds.every((id) => isMember('rol_1', id, 1))).toBe(true);
    expect(deviceIds.some((id) => isMember('rol_1', id, 0))).toBe(false);
  });

  it('takes about the share', () => {
    const members = deviceIds.filter((id) => isMember('rol_1', id, 0.25)).length;
    // Binomial(4000, 0.25) has a standard deviation of 27: five of them.
    expect(Math.abs(members - 1_000)).toBeLessThan(137);
  });

  it('keeps members when the share grows', () => {
    const early = deviceIds.filter((id) => isMember('rol_1', id, 0.1));
    expect(early.every((id) => isMember('rol_1', id, 0.2))).toBe(true);
  });

  it('draws anew for another rollout', () => {
    const both = deviceIds.filter((id) => isMember('rol_1', id, 0.5) && isMember('rol_2', id, 0.5)).length;
    expect(both).toBeLessThan(1_200);
  });
});
