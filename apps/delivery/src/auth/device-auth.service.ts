import { Injectable } from '@nestjs/common';
import { AppError } from '@kernelcast/platform';
import { TrustError } from '@kernelcast/trust';
import type { CredentialClaims } from '@kernelcast/trust/node';
import { Credentials } from '../credentials/credentials.js';
import { NO_ROW } from '../fleet/device-table.js';
import { FleetState } from '../fleet/fleet-state.js';
import type { KnownDevice } from '../fleet/fleet-state.js';
import { FleetSync } from '../fleet/fleet-sync.service.js';
import { Presence } from '../presence/presence.service.js';

/** A device that proved who it is. */
export interface DeviceSession {
  readonly device: KnownDevice;
  /** Epoch of the credential it came with. */
  readonly epoch: number;
}

const SCHEME = 'Bearer ';

/** Judges device credentials: by MAC, expiry and the epoch in memory. */
@Injectable()
export class DeviceAuth {
  constructor(
    private readonly credentials: Credentials,
    private readonly fleet: FleetState,
    private readonly sync: FleetSync,
    private readonly presence: Presence,
  ) {}

  /** @throws AppError `credential_invalid`, `credential_expired` or `credential_revoked` */
  async authenticate(authorization: string | undefined, now: Date): Promise<DeviceSession> {
    const { deviceId, epoch } = this.verify(authorization, now);
    const device = this.fleet.device(deviceId) ?? (await this.sync.lookUp(deviceId));
    if (device === undefined) throw new AppError('credential_invalid');
    const session = { device, epoch };
    this.assertCurrent(session);
    this.noteSeen(device, now);
    return session;
  }

  /** The same without a promise, an error or a look-up: `undefined` leaves the answer to {@link authenticate}. */
  recognise(authorization: string | undefined, now: Date): KnownDevice | undefined {
    try {
      const { deviceId, epoch } = this.verify(authorization, now);
      const device = { id: deviceId };
      if (this.fleet.standing(device, epoch) !== 'current') return undefined;
      this.noteSeen(device, now);
      return device;
    } catch {
      return undefined;
    }
  }

  /** @throws AppError `credential_revoked` or `credential_invalid` when the device was revoked or removed meanwhile */
  assertCurrent({ device, epoch }: DeviceSession): void {
    const standing = this.fleet.standing(device, epoch);
    if (standing === 'revoked') throw new AppError('credential_revoked');
    if (standing === 'unknown') throw new AppError('credential_invalid');
  }

  private noteSeen({ id }: KnownDevice, now: Date): void {
    const row = this.fleet.rowOf(id);
    if (row !== NO_ROW) this.presence.note(row, Math.floor(now.getTime() / 1000));
  }

  private verify(authorization: string | undefined, now: Date): CredentialClaims {
    if (!authorization?.startsWith(SCHEME)) throw new AppError('credential_invalid', 'No device credential was sent.');
    try {
      return this.credentials.verify(authorization.slice(SCHEME.length), now);
    } catch (cause) {
      const expired = cause instanceof TrustError && cause.code === 'credential_expired';
      throw new AppError(expired ? 'credential_expired' : 'credential_invalid', undefined, { cause });
    }
  }
}
