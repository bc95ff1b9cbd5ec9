import { createHash } from 'node:crypto';

const MILLISECONDS = 1000;

/**
 * Seconds until a device should poll again. Each device has a phase, a hash of its id, within the interval: polls of
 * a fleet spread evenly and stay so after an outage or a restart. A device that comes early skips the moment just
 * ahead, so a wait is always between half and one and a half intervals.
 *
 * @param intervalSeconds time between two polls of one device
 */
export function pollAfterSeconds(deviceId: string, now: Date, intervalSeconds: number): number {
  const interval = intervalSeconds * MILLISECONDS;
  const wait = positiveModulo(phaseOf(deviceId) * interval - now.getTime(), interval);
  return Math.ceil((wait < interval / 2 ? wait + interval : wait) / MILLISECONDS);
}

/** A device's place in the interval, 0 to 1. */
function phaseOf(deviceId: string): number {
  return createHash('sha256').update(`poll:${deviceId}`).digest().readUInt32BE(0) / 2 ** 32;
}

function positiveModulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
