import { createSecretKey } from 'node:crypto';
import { NONCE_LIFETIME_MS, Nonces } from './nonces.js';

const NOW = new Date('2026-01-01T00:00:00Z');
const keyOf = (byte: number) => createSecretKey(Buffer.alloc(32, byte));
const later = (ms: number) => new Date(NOW.getTime() + ms);

describe('Nonces', () => {
  it('issues nonces that any replica with the key accepts', () => {
    const { nonce } = new Nonces(keyOf(1)).issue(NOW);
    expect(new Nonces(keyOf(1)).isUsable(nonce, NOW)).toBe(true);
    expect(new Nonces(keyOf(2)).isUsable(nonce, NOW)).toBe(false);
  });

  it('accepts a nonce until it expires, and its expiry cannot be moved', () => {
    const nonces = new Nonces(keyOf(1));
    const { nonce, expiresAt } = nonces.issue(NOW);
    expect(nonces.isUsable(nonce, later(NONCE_LIFETIME_MS - 1))).toBe(true);
    expect(nonces.isUsable(nonce, expiresAt)).toBe(false);
    const moved = nonce.replace(String(expiresAt.getTime()), String(expiresAt.getTime() + 1));
    expect(nonces.isUsable(moved, NOW)).toBe(false);
  });

  it('lets a nonce be spent once', () => {
    const nonces = new Nonces(keyOf(1));
    const { nonce } = nonces.issue(NOW);
    expect(nonces.spend(nonce, NOW)).toBe(true);
    expect(nonces.spend(nonce, NOW)).toBe(false);
    expect(nonces.isUsable(nonce, NOW)).toBe(false);
  });

  it.each(['', 'a.b.c', 'x'.repeat(200)])('refuses %p', (nonce) => {
    expect(new Nonces(keyOf(1)).isUsable(nonce, NOW)).toBe(false);
  });
});
