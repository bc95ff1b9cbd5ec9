import { hashSecret } from './hash-secret.js';

describe('hashSecret', () => {
  it('is SHA-256 in hexadecimal (FIPS 180-4, "abc")', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
