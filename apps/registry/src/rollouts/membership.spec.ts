import { membershipBound } from './membership.js';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('membershipBound', () => {
  it('is the share of 2^64, big-endian', () => {
    expect(hex(membershipBound(0.5))).toBe('8000000000000000');
    expect(hex(membershipBound(0.25))).toBe('4000000000000000');
  });

  it('lies above every hash when everybody is meant', () => {
    const largest = Buffer.alloc(8, 0xff);
    expect(Buffer.compare(largest, membershipBound(1))).toBe(-1);
  });

  it('rises with the share, so that members stay members', () => {
    const bounds = [0.001, 0.01, 0.1, 0.33, 0.999, 1].map((share) => hex(membershipBound(share)));
    expect(bounds).toEqual([...bounds].sort());
  });

  it('keeps shares far below one hash in a million apart', () => {
    expect(hex(membershipBound(2 ** -64))).toBe('0000000000000001');
  });
});
