import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { TrustError } from '../trust.error.js';

/** An order that travels between services over a transport that does not say who sends. */
export interface SealedOrder {
  /** JSON of `{purpose, at, order}`, as it was authenticated. */
  body: string;
  /** HMAC-SHA256 over the body, base64url. */
  mac: string;
}

/** Longer than any order; nothing longer is hashed. */
const MAX_BODY_LENGTH = 64 * 1024;
const KEY_BYTES = 32;
/** For how long an order may be carried out: time on the way, and clocks of the services. Milliseconds. */
const ORDER_LIFETIME_MS = 60_000;

/** @param purpose what the order is for: one for something else does not pass */
export function sealOrder(purpose: string, order: object, masterKey: Uint8Array, now: Date): SealedOrder {
  const body = JSON.stringify({ purpose, at: now.getTime(), order });
  return { body, mac: macOf(body, purpose, masterKey) };
}

/**
 * The order, if a holder of the master key gave it for this purpose within the last minute.
 * @param sealed hostile input of any shape
 * @throws TrustError `order_invalid`
 */
export function openOrder(purpose: string, sealed: unknown, masterKey: Uint8Array, now: Date): unknown {
  const { body, mac }: { body?: unknown; mac?: unknown } = Object(sealed);
  if (typeof body !== 'string' || typeof mac !== 'string' || body.length > MAX_BODY_LENGTH) throw invalid();
  const [given, expected] = [Buffer.from(mac), Buffer.from(macOf(body, purpose, masterKey))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalid();
  const { purpose: stated, at, order } = JSON.parse(body) as { purpose: unknown; at: unknown; order: unknown };
  if (stated !== purpose || !(Math.abs(now.getTime() - Number(at)) <= ORDER_LIFETIME_MS)) throw invalid();
  return order;
}

function macOf(body: string, purpose: string, masterKey: Uint8Array): string {
  const key = hkdfSync('sha256', masterKey, new Uint8Array(0), `kernelcast.order/1:${purpose}`, KEY_BYTES);
  return createHmac('sha256', new Uint8Array(key)).update(body).digest('base64url');
}

function invalid(): TrustError {
  return new TrustError('order_invalid', 'no holder of the master key gave this order now');
}
