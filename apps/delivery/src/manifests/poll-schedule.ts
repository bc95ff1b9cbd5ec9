const MILLISECONDS = 1000;

/**
 * Seconds until a device should poll again. Each device has a phase within the interval: polls of a fleet spread evenly
 * and stay so after an outage or a restart. A device that comes early skips the moment just ahead, so a wait is always
 * between half and one and a half intervals.
 *
 * @param phase of the device, a hash of its id: 0 to 1, the same at every replica
 * @param nowMs Unix milliseconds
 * @param intervalSeconds time between two polls of one device
 */
export function pollAfterSeconds(phase: number, nowMs: number, intervalSeconds: number): number {
  const interval = intervalSeconds * MILLISECONDS;
  const wait = positiveModulo(phase * interval - nowMs, interval);
  return Math.ceil((wait < interval / 2 ? wait + interval : wait) / MILLISECONDS);
}

function positiveModulo(value: number, modulus: number): number {
  return ((value % modulus) + modulus) % modulus;
}
