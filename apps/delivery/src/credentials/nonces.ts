import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

const NONCE_BYTES = 16;
const MAC_BYTES = 32;
/** Long enough for a device on a slow link to sign and answer. */
export const NONCE_LIFETIME_MS = 5 * 60_000;
const NONCE_PATTERN = /^([A-Za-z0-9_-]{22})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

/**
 * Nonces for credential renewal: random bytes, an expiry and a MAC over both, so any replica can check one that
 * another issued and a flood of requests for nonces costs no memory. Those used here are remembered until they
 * expire, so an overheard renewal cannot be repeated.
 */
export class Nonces {
  /** Used nonce -> its expiry, in the order of use. */
  private readonly used = new Map<string, number>();

  constructor(private readonly key: KeyObject) {}

  issue(now: Date): { nonce: string; expiresAt: Date } {
    const expiresAt = new Date(now.getTime() + NONCE_LIFETIME_MS);
    const body = `${randomBytes(NONCE_BYTES).toString('base64url')}.${expiresAt.getTime()}`;
    return { nonce: `${body}.${this.macOf(body).toString('base64url')}`, expiresAt };
  }

  /** Whether a nonce is ours, unexpired and not yet used. */
  isUsable(nonce: string, now: Date): boolean {
    const [, random = '', expiry = '', mac = ''] = NONCE_PATTERN.exec(nonce) ?? [];
    const given = Buffer.from(mac, 'base64url');
    if (given.length !== MAC_BYTES || !timingSafeEqual(given, this.macOf(`${random}.${expiry}`))) return false;
    return now.getTime() < Number(expiry) && !this.used.has(nonce);
  }

  /** Spends a usable nonce; false when another request was faster. Call only after the signature held. */
  spend(nonce: string, now: Date): boolean {
    if (this.used.has(nonce)) return false;
    this.forgetExpired(now);
    this.used.set(nonce, now.getTime() + NONCE_LIFETIME_MS);
    return true;
  }

  private forgetExpired(now: Date): void {
    for (const [nonce, until] of this.used) {
      if (until > now.getTime()) return;
      this.used.delete(nonce);
    }
  }

  private macOf(body: string): Buffer {
    return createHmac('sha256', this.key).update(`nonce:${body}`).digest();
  }
}
