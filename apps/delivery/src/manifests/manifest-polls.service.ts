import { Inject, Injectable } from '@nestjs/common';
import { matchesTag } from '@kernelcast/platform';
import { DeviceAuth } from '../auth/device-auth.service.js';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { FleetState } from '../fleet/fleet-state.js';
import { FleetSync } from '../fleet/fleet-sync.service.js';
import { Manifests } from './manifests.js';
import type { SignedManifest } from './manifests.js';
import { pollAfterSeconds } from './poll-schedule.js';

export const POLL_INTERVAL_SECONDS = Symbol('POLL_INTERVAL_SECONDS');

export interface Poll {
  readonly ifNoneMatch: string | undefined;
  /** How long the answer may be held back until there is something new. */
  readonly waitMs: number;
  /** Aborts when the device has gone. */
  readonly signal: AbortSignal;
}

export interface PollAnswer {
  readonly manifest: SignedManifest;
  readonly modified: boolean;
  readonly pollAfterSeconds: number;
}

/** Answers polls from memory; a long poll is held until the device's manifest changes. */
@Injectable()
export class ManifestPolls {
  constructor(
    private readonly fleet: FleetState,
    private readonly sync: FleetSync,
    private readonly manifests: Manifests,
    private readonly auth: DeviceAuth,
    @Inject(POLL_INTERVAL_SECONDS) private readonly intervalSeconds: number,
  ) {}

  /** @throws AppError `credential_revoked` when the device is revoked while it waits */
  async answer(session: DeviceSession, { ifNoneMatch, waitMs, signal }: Poll): Promise<PollAnswer> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      this.auth.assertCurrent(session);
      const state = this.fleet.desiredFor(session.device);
      const manifest = await this.manifests.current(state, new Date());
      // While it was signed the fleet may have changed, and that signal has gone by.
      if (this.fleet.desiredFor(session.device) !== state) continue;
      const modified = !matchesTag(ifNoneMatch, manifest.etag);
      const left = deadline - Date.now();
      if (modified || left <= 0 || signal.aborted || this.sync.changes.isClosed) {
        return { manifest, modified, pollAfterSeconds: this.pollAfter(session.device.id) };
      }
      await this.sync.changes.next(left, signal);
    }
  }

  /** The answer to a poll that finds nothing new, when it can be given at once and without a promise. */
  idle(authorization: string | undefined, ifNoneMatch: string | undefined): PollAnswer | undefined {
    const now = new Date();
    const device = this.auth.recognise(authorization, now);
    if (device === undefined) return undefined;
    const manifest = this.manifests.ready(this.fleet.desiredFor(device), now);
    if (manifest === undefined || ifNoneMatch !== manifest.etag) return undefined;
    return { manifest, modified: false, pollAfterSeconds: this.pollAfter(device.id) };
  }

  private pollAfter(deviceId: string): number {
    return pollAfterSeconds(deviceId, new Date(), this.intervalSeconds);
  }
}
