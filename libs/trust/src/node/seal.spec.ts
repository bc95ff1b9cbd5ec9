import fc from 'fast-check';
import { openSecret, sealSecret } from './seal.js';

const masterKey = new Uint8Array(32).fill(7);
const refusal = expect.objectContaining({ name: 'TrustError', code: 'seal_invalid' });

describe('sealed secrets', () => {
  it('open to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.string(), (secret, context) => {
        expect(openSecret(sealSecret(secret, masterKey, context), masterKey, context)).toEqual(secret);
      }),
    );
  });

  it('differ each time, and do not show the secret', () => {
    const secret = new TextEncoder().encode('a private key');
    const [one, two] = [sealSecret(secret, masterKey), sealSecret(secret, masterKey)];
    expect(one).not.toEqual(two);
    expect(Buffer.from(one).includes(Buffer.from(secret))).toBe(false);
    expect(one.length).toBe(45 + secret.length);
  });

  it('stay closed to another key, another context and any change of a byte', () => {
    const sealed = sealSecret(Uint8Array.of(1, 2, 3), masterKey, 'one');
    expect(() => openSecret(sealed, new Uint8Array(32).fill(8), 'one')).toThrow(refusal);
    expect(() => openSecret(sealed, masterKey, 'two')).toThrow(refusal);
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openSecret(changed, masterKey, 'one')).toThrow(refusal);
    }
  });

  it.each([0, 1, 44])('stay closed when cut to %i bytes', (length) => {
    const sealed = sealSecret(new Uint8Array(8), masterKey);
    expect(() => openSecret(sealed.subarray(0, length), masterKey)).toThrow(refusal);
  });

  it('need a master key of 32 bytes', () => {
    expect(() => sealSecret(new Uint8Array(1), new Uint8Array(31))).toThrow(RangeError);
  });
});
