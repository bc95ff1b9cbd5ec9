import { createHash } from 'node:crypto';
import { isMember, membershipBound } from './membership.js';

const deviceIds = Array.from({ length: 4_000 }, (_, i) => `dev_${i}`);
const firstBytes = (rolloutId: string, deviceId: string) =>
  createHash('sha256').update(`${rolloutId}:${deviceId}`).digest().subarray(0, 8);

describe('isMember', () => {
  it('compares the first 8 bytes of SHA-256(rolloutId:deviceId), as a fraction, with the share', () => {
    const fraction = firstBytes('rol_1', 'dev_1').readUInt32BE(0) / 2 ** 32;
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

describe('membershipBound', () => {
  it('is the share of 2^64, big-endian', () => {
    expect(membershipBound(0.5)).toBe('8000000000000000');
    expect(membershipBound(0.25)).toBe('4000000000000000');
  });

  it('keeps shares far below one device in a million apart', () => {
    expect(membershipBound(2 ** -64)).toBe('0000000000000001');
  });

  it('lies above every hash when everybody is meant, and above none for nobody', () => {
    expect(Buffer.compare(Buffer.alloc(8, 0xff), Buffer.from(membershipBound(1), 'hex'))).toBe(-1);
    expect(membershipBound(0)).toBe('0000000000000000');
  });

  it.each([0, 0.001, 0.25, 0.5, 0.999, 1])('means the same devices as isMember at a share of %d', (share) => {
    const bound = Buffer.from(membershipBound(share), 'hex');
    const byBound = deviceIds.filter((id) => Buffer.compare(firstBytes('rol_1', id), bound) < 0);
    expect(byBound).toEqual(deviceIds.filter((id) => isMember('rol_1', id, share)));
  });
});
