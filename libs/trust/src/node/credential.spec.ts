import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { issueCredential, verifyCredential } from './credential.js';

const key = createSecretKey(new Uint8Array(32).fill(1));
const claims = { deviceId: 'dev_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2', epoch: 2, expiresAt: new Date('2026-01-02T00:00:00Z') };
const before = new Date('2026-01-01T00:00:00Z');
const refusal = (code: string) => expect.objectContaining({ name: 'TrustError', code });

describe('device credentials', () => {
  it('have a fixed layout', () => {
    // MAC computed by OpenSSL: printf BODY | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01
    expect(issueCredential(claims, key)).toBe(
      'kcd1.dev_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2.2.1767312000.--nffkjNKlRWb33CYSdQTVKzxLQyB1bF6V4f2b7d9jE',
    );
  });

  it('give back their claims', () => {
    expect(verifyCredential(issueCredential(claims, key), key, before)).toEqual(claims);
  });

  it('take a key as bytes as well', () => {
    expect(verifyCredential(issueCredential(claims, key), new Uint8Array(32).fill(1), before)).toEqual(claims);
  });

  it('end at their expiry', () => {
    const token = issueCredential(claims, key);
    expect(() => verifyCredential(token, key, claims.expiresAt)).toThrow(refusal('credential_expired'));
    expect(verifyCredential(token, key, new Date(claims.expiresAt.getTime() - 1))).toEqual(claims);
  });

  it('refuse another key', () => {
    const token = issueCredential(claims, createSecretKey(new Uint8Array(32).fill(2)));
    expect(() => verifyCredential(token, key, before)).toThrow(refusal('credential_invalid'));
  });

  it('refuse every change of a character', () => {
    const token = issueCredential(claims, key);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.string({ minLength: 0, maxLength: 2 }), (at, to) => {
        const changed = token.slice(0, at) + to + token.slice(at + 1);
        fc.pre(changed !== token);
        expect(() => verifyCredential(changed, key, before)).toThrow(refusal('credential_invalid'));
      }),
    );
  });

  it.each(['', '.', 'kcd1', 'x'.repeat(201), `kcd1.a.1.1.${'A'.repeat(43)}`])('refuse %p', (token) => {
    expect(() => verifyCredential(token, key, before)).toThrow(refusal('credential_invalid'));
  });

  it.each([{ deviceId: 'a.b' }, { deviceId: '' }, { epoch: -1 }, { epoch: 0.5 }, { expiresAt: new Date(NaN) }])(
    'are not issued for %p',
    (change) => {
      expect(() => issueCredential({ ...claims, ...change }, key)).toThrow(RangeError);
    },
  );
});
