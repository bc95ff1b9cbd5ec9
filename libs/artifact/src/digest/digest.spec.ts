import { canonicalJson } from './canonical-json.js';
import { digestOf, isDigest } from './digest.js';
import fc from 'fast-check';

describe('digestOf', () => {
  it('is SHA-256 in hexadecimal (FIPS 180-4 example "abc")', async () => {
    const digest = await digestOf(new TextEncoder().encode('abc'));
    expect(digest).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('covers only the view, not the buffer under it', async () => {
    const view = new TextEncoder().encode('xabcx').subarray(1, 4);
    expect(await digestOf(view)).toBe(await digestOf(new TextEncoder().encode('abc')));
  });

  it('reads memory shared between threads', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    shared.set(new TextEncoder().encode('abc'));
    expect(await digestOf(shared)).toBe(await digestOf(new TextEncoder().encode('abc')));
  });
});

describe('isDigest', () => {
  it.each([`sha256:${'0'.repeat(63)}`, `sha256:${'A'.repeat(64)}`, `sha512:${'0'.repeat(64)}`, '', null, 7])(
    'refuses %p',
    (value) => {
      expect(isDigest(value)).toBe(false);
    },
  );

  it('accepts a digest', () => {
    expect(isDigest(`sha256:${'0a'.repeat(32)}`)).toBe(true);
  });
});

describe('canonicalJson', () => {
  it('sorts keys at every level and leaves no space', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é' }], a: 1e21 })).toBe('{"a":1e+21,"b":[1,{"c":"é","d":null}]}');
  });

  it('sorts by UTF-16 code units, not by locale', () => {
    expect(canonicalJson({ é: 1, z: 2, Z: 3 })).toBe('{"Z":3,"z":2,"é":1}');
  });

  it('leaves out undefined members', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  it.each([NaN, Infinity, 1n, () => 0, undefined, [undefined]])('refuses %p', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('refuses nesting that could exhaust the stack', () => {
    let nested: unknown = 0;
    for (let i = 0; i < 100_000; i++) nested = [nested];
    expect(() => canonicalJson(nested)).toThrow('nested deeper');
  });

  it('keeps the value and gives one text for it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
