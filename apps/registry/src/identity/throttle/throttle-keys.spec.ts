import { throttleKey } from './throttle-keys.js';

describe('throttleKey', () => {
  it('differs by kind, value and master key, and does not show the value', () => {
    const [key, other] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
    const keys = [
      throttleKey('account', 'a@b.example', key),
      throttleKey('address', 'a@b.example', key),
      throttleKey('account', 'a@c.example', key),
      throttleKey('account', 'a@b.example', other),
    ];
    expect(new Set(keys).size).toBe(4);
    expect(keys.join()).not.toContain('a@b');
  });
});
