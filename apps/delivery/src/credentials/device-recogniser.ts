import { NO_ROW } from '../fleet/device-table.js';
import type { FleetState } from '../fleet/fleet-state.js';
import { CredentialText } from './credential-text.js';
import type { Credentials } from './credentials.js';

const SCHEME_LENGTH = 'Bearer '.length;

/** Recognises devices by the bytes of their `Authorization`, at the cost of a look-up for those seen before. */
export class DeviceRecogniser {
  private readonly text = new CredentialText();

  constructor(
    private readonly credentials: Credentials,
    private readonly fleet: FleetState,
  ) {}

  /** Of the credential last recognised. */
  get epoch(): number {
    return this.text.epoch;
  }

  /**
   * The row of the device whose credential holds now: its MAC (verified once, then remembered and compared in constant
   * time), its expiry, and its epoch, always.
   * @returns `NO_ROW` when it does not hold, or when that cannot be said here
   */
  recognise(bytes: Buffer, start: number, end: number, now: Date): number {
    const { text, fleet } = this;
    if (!text.read(bytes, start, end)) return NO_ROW;
    const row = fleet.rowOfKey(text.key);
    if (row === NO_ROW || now.getTime() >= text.expiry * 1000) return NO_ROW;
    if (fleet.standingAt(row, text.epoch) !== 'current') return NO_ROW;
    if (fleet.rows.isVerified(row, text)) return row;
    if (!this.isGenuine(bytes.toString('latin1', start + SCHEME_LENGTH, end), now)) return NO_ROW;
    fleet.rows.setVerified(row, text);
    return row;
  }

  private isGenuine(credential: string, now: Date): boolean {
    try {
      this.credentials.verify(credential, now);
      return true;
    } catch {
      return false;
    }
  }
}
