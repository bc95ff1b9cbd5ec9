import { generateKeyPair, FlattenedSign } from 'jose';
import fc from 'fast-check';
import { generateSigningKey, importSigner, keyIdOf } from '../keys/signing-key.js';
import type { LocalSigner } from '../keys/signing-key.js';
import type { TrustedKey } from '../keys/trust-root.js';
import { TrustError } from '../trust.error.js';
import { MAX_JWS_LENGTH, signJws, verifyJws } from './jws.js';

const TYP = 'test/1';
let signer: LocalSigner;
let trusted: TrustedKey;

beforeAll(async () => {
  const stored = await generateSigningKey();
  signer = await importSigner(stored);
  trusted = { kid: stored.kid, publicKey: stored.publicKey, role: 'manifest' };
});

const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const expectRefusal = (jws: unknown, code: string, keys: TrustedKey[] = [trusted]): Promise<void> =>
  expect(verifyJws(jws, keys, { typ: TYP })).rejects.toMatchObject({ name: 'TrustError', code });

describe('signing keys', () => {
  it('are named by the thumbprint of RFC 8037, appendix A.3', async () => {
    expect(await keyIdOf('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo')).toBe(
      'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
    );
  });

  it('cannot be exported again once they can sign', () => {
    expect(signer.key.extractable).toBe(false);
  });
});

describe('signJws and verifyJws', () => {
  it('give back payload, bytes and key', async () => {
    const verified = await verifyJws(await signJws({ b: 1, a: 'é' }, signer, TYP), [trusted], { typ: TYP });
    expect(verified.json).toEqual({ a: 'é', b: 1 });
    expect(new TextDecoder().decode(verified.payload)).toBe('{"a":"é","b":1}');
    expect(verified.kid).toBe(trusted.kid);
  });

  it('give equal bytes for equal payloads', async () => {
    expect(await signJws({ a: 1, b: 2 }, signer, TYP)).toEqual(await signJws({ b: 2, a: 1 }, signer, TYP));
  });

  it('refuse a signature by another key under a trusted kid', async () => {
    const other = await importSigner({ ...(await generateSigningKey()), kid: signer.kid });
    await expectRefusal(await signJws({}, other, TYP), 'signature_invalid');
  });

  it('refuse a key that is not trusted, also when the message brings it along', async () => {
    const jws = await signJws({}, signer, TYP);
    await expectRefusal(jws, 'key_unknown', []);
    const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: (await crypto.subtle.exportKey('jwk', publicKey)).x };
    const header = { alg: 'EdDSA', kid: 'mine', typ: TYP, jwk };
    await expectRefusal(
      await new FlattenedSign(new Uint8Array(2)).setProtectedHeader(header).sign(privateKey),
      'key_unknown',
    );
  });

  it('refuse a trusted key that is not one', async () => {
    const jws = await signJws({}, signer, TYP);
    await expectRefusal(jws, 'key_unknown', [{ ...trusted, publicKey: 'AAAA' }]);
  });

  it('refuse a payload or header of another message', async () => {
    const [one, two] = [await signJws({ n: 1 }, signer, TYP), await signJws({ n: 2 }, signer, TYP)];
    await expectRefusal({ ...one, payload: two.payload }, 'signature_invalid');
    const other = await signJws({ n: 1 }, signer, 'other/1');
    await expectRefusal({ ...one, protected: other.protected }, 'signature_invalid');
  });

  it('refuse a message meant for something else', async () => {
    await expectRefusal(await signJws({}, signer, 'other/1'), 'jws_malformed');
  });

  it.each([
    ['none', { alg: 'none' }],
    ['a symmetric algorithm keyed with the public key', { alg: 'HS256' }],
    ['a critical extension', { alg: 'EdDSA', crit: ['b64'], b64: false }],
  ])('refuse %s', async (_, header) => {
    const jws = await signJws({}, signer, TYP);
    await expectRefusal({ ...jws, protected: text({ ...header, kid: signer.kid, typ: TYP }) }, 'jws_malformed');
  });

  it.each([
    ['nothing', undefined],
    ['a text', 'a.b.c'],
    ['a member missing', { protected: 'e30', payload: 'e30' }],
    ['base64 with padding', { protected: 'e30=', payload: 'e30', signature: 'AA' }],
    ['a header without a kid', { protected: text({ alg: 'EdDSA' }), payload: 'e30', signature: 'AA' }],
    ['a header that is not JSON', { protected: 'AAAA', payload: 'e30', signature: 'AA' }],
    ['a message beyond the cap', { protected: 'e30', payload: 'A'.repeat(MAX_JWS_LENGTH), signature: 'AA' }],
  ])('refuse %s', async (_, jws) => {
    await expectRefusal(jws, 'jws_malformed');
  });

  it('give the same bytes when another system holds the key and signs', async () => {
    const sign = async (bytes: Uint8Array) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', signer.key, new Uint8Array(bytes)));
    const remote = await signJws({ b: 1, a: [2] }, { kid: signer.kid, sign }, TYP);
    expect(remote).toEqual(await signJws({ b: 1, a: [2] }, signer, TYP));
  });

  it('refuse a signed payload that is not JSON', async () => {
    const header = { alg: 'EdDSA', kid: signer.kid, typ: TYP };
    const jws = await new FlattenedSign(Uint8Array.of(0xff)).setProtectedHeader(header).sign(signer.key);
    await expectRefusal(jws, 'jws_malformed');
  });

  it('refuse every change of a character, unless the bytes it stands for stay the same', async () => {
    const intact = await signJws({ value: 'x' }, signer, TYP);
    const change = fc.record({
      member: fc.constantFrom('protected' as const, 'payload' as const, 'signature' as const),
      at: fc.nat(),
      to: fc.constantFrom(...'ABCxyz019-_'),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ member, at, to }) => {
        const before = intact[member];
        const index = at % before.length;
        const after = before.slice(0, index) + to + before.slice(index + 1);
        fc.pre(!Buffer.from(after, 'base64url').equals(Buffer.from(before, 'base64url')));
        const attempt = verifyJws({ ...intact, [member]: after }, [trusted], { typ: TYP });
        await expect(attempt).rejects.toBeInstanceOf(TrustError);
      }),
    );
  });
});
