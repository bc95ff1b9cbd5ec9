import { Injectable } from '@nestjs/common';
import type { EnrolRequest, EnrolResponse, TrustRoot } from '@kernelcast/contracts';
import { SigningKeysRepository } from '@kernelcast/database';
import { AppError, hashSecret } from '@kernelcast/platform';
import { verifyChallenge } from '@kernelcast/trust';
import { Credentials } from '../credentials/credentials.js';
import { Nonces } from '../credentials/nonces.js';
import { FleetState } from '../fleet/fleet-state.js';
import { EnrolmentRepository } from './enrolment.repository.js';

export interface Renewal {
  deviceId: string;
  nonce: string;
  /** Of the device key over the challenge; 64 bytes in base64url. */
  signature: string;
}
export type IssuedCredential = ReturnType<Credentials['issue']>;

/** Takes new devices in, and renews the credentials of those that are. */
@Injectable()
export class EnrolmentService {
  constructor(
    private readonly repository: EnrolmentRepository,
    private readonly keys: SigningKeysRepository,
    private readonly fleet: FleetState,
    private readonly credentials: Credentials,
    private readonly nonces: Nonces,
  ) {}

  /** @throws AppError `enrolment_token_invalid` or `base_not_supported` */
  async enrol({ enrolmentToken, ...device }: EnrolRequest, now: Date): Promise<EnrolResponse> {
    const trustRoot = await this.trustRoot();
    const enrolled = await this.repository.enrol(hashSecret(enrolmentToken), device, now);
    if (typeof enrolled === 'string') throw new AppError(enrolled);
    this.fleet.add(enrolled);
    return { deviceId: enrolled.id, groupId: enrolled.groupId, ...this.credentials.issue(enrolled, now), trustRoot };
  }

  createNonce(now: Date): { nonce: string; expiresAt: string } {
    const { nonce, expiresAt } = this.nonces.issue(now);
    return { nonce, expiresAt: expiresAt.toISOString() };
  }

  /** @throws AppError `nonce_invalid`, `device_not_found`, `signature_invalid` or `credential_revoked` */
  async renew({ deviceId, nonce, signature }: Renewal, now: Date): Promise<IssuedCredential> {
    if (!this.nonces.isUsable(nonce, now)) throw new AppError('nonce_invalid');
    const device = await this.repository.identity(deviceId);
    if (device === undefined) throw new AppError('device_not_found');
    const genuine = await verifyChallenge({ deviceId, nonce }, signature, device.publicKey);
    if (!genuine) throw new AppError('signature_invalid');
    if (!this.nonces.spend(nonce, now)) throw new AppError('nonce_invalid');
    if (device.revoked) throw new AppError('credential_revoked');
    return this.credentials.issue({ id: deviceId, epoch: device.epoch }, now);
  }

  /** A device without the release key could never accept a modulator, so none is enrolled before there is one. */
  private async trustRoot(): Promise<TrustRoot> {
    const { version, keys } = await this.keys.trustRoot();
    if (!keys.some(({ role }) => role === 'release')) {
      throw new AppError('service_unavailable', 'The registry has not made its release key yet; try again shortly.');
    }
    return { ...(version > 0 && { version }), keys };
  }
}
