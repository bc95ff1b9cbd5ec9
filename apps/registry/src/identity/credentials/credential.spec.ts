import { isCredential, newCredential, writeCredential } from './credential.js';

const KINDS = ['apiKey', 'session', 'passwordReset', 'bootstrap'] as const;

describe('a credential', () => {
  it('is its prefix, 256 bits in base 62 and a CRC-32', () => {
    // 2^256 - 1 in base 62; the CRC-32 was computed by Python's zlib.crc32.
    expect(writeCredential('apiKey', Buffer.alloc(32, 0xff))).toBe(
      'kc_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp12Pfs71',
    );
    expect(writeCredential('apiKey', Buffer.alloc(32))).toMatch(/^kc_0{43}/);
  });

  it.each(KINDS)('of the kind %s is one of that kind only', (kind) => {
    const text = newCredential(kind);
    expect(text).toMatch(/^kc[a-z]?_[A-Za-z0-9]{49}$/);
    expect(KINDS.filter((other) => isCredential(other, text))).toEqual([kind]);
    expect(newCredential(kind)).not.toBe(text);
  });

  it('is refused with any one character changed, left out or added', () => {
    const text = newCredential('apiKey');
    for (let i = 0; i < text.length; i++) {
      const changed = text.slice(0, i) + (text[i] === 'x' ? 'y' : 'x') + text.slice(i + 1);
      expect(isCredential('apiKey', changed)).toBe(false);
      expect(isCredential('apiKey', text.slice(0, i) + text.slice(i + 1))).toBe(false);
    }
    expect(isCredential('apiKey', `${text}0`)).toBe(false);
  });

  it('may be an API key of the first release, without a checksum', () => {
    expect(isCredential('apiKey', `kc_${'A'.repeat(41)}-_`)).toBe(true);
    expect(isCredential('session', `kc_${'A'.repeat(43)}`)).toBe(false);
  });
});
