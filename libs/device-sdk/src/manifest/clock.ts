import { CLOCK_TOLERANCE_MS, TrustError } from '@kernelcast/trust';
import { DeviceError } from '../device.errors.js';

export interface ClockReadings {
  readonly now: Date;
  /** What the server says, unsigned; Unix milliseconds. */
  readonly serverTime: number | undefined;
}

/**
 * Gives an expiry its likely reason: a clock far ahead makes every manifest look expired, for ever, and nobody would
 * know why. The server's time only explains the refusal. It cannot lift it, as whoever replays an old manifest can send
 * an old time along.
 */
export function explainExpiry(error: TrustError, { now, serverTime }: ClockReadings): TrustError | DeviceError {
  const ahead = serverTime === undefined ? NaN : now.getTime() - serverTime;
  if (error.code !== 'manifest_expired' || !(ahead > CLOCK_TOLERANCE_MS) || serverTime === undefined) return error;
  const times = `this device's clock says ${now.toISOString()}, the server's ${new Date(serverTime).toISOString()}`;
  return new DeviceError('clock_ahead', `the manifest looks expired: ${times}`, { cause: error });
}
