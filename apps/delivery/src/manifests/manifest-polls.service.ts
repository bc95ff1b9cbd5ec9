import { Injectable } from '@nestjs/common';
import { matchesTag } from '@kernelcast/platform';
import { DeviceAuth } from '../auth/device-auth.service.js';
import type { DeviceSession } from '../auth/device-auth.service.js';
import { FleetState } from '../fleet/fleet-state.js';
import type { DesiredState } from '../fleet/fleet.types.js';
import { HeldPolls } from './held-polls.js';
import type { HeldPoll } from './held-polls.js';
import { Manifests } from './manifests.js';
import type { SignedManifest } from './manifests.js';
import { PollTiming } from './poll-timing.js';

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

interface Waiting extends Pick<Poll, 'signal'> {
  readonly session: DeviceSession;
  readonly state: DesiredState;
  /** Unix milliseconds. */
  readonly deadline: number;
}

/** Answers polls from memory; a long poll is held until the device's manifest changes. */
@Injectable()
export class ManifestPolls {
  constructor(
    private readonly fleet: FleetState,
    private readonly held: HeldPolls,
    private readonly manifests: Manifests,
    private readonly auth: DeviceAuth,
    private readonly timing: PollTiming,
  ) {}

  /** @throws AppError `credential_revoked` when the device is revoked while it waits, `service_unavailable` under overload */
  async answer(session: DeviceSession, { ifNoneMatch, waitMs, signal }: Poll): Promise<PollAnswer> {
    this.timing.assertNotOverloaded(session.device);
    const deadline = Date.now() + waitMs;
    for (;;) {
      this.auth.assertCurrent(session);
      const state = this.fleet.desiredFor(session.device);
      const manifest = await this.manifests.current(state, new Date());
      // While it was signed the fleet may have changed, and that signal has gone by.
      if (this.fleet.desiredFor(session.device) !== state) continue;
      const modified = !matchesTag(ifNoneMatch, manifest.etag);
      if (modified || deadline <= Date.now() || signal.aborted || this.held.isClosed) {
        return { manifest, modified, pollAfterSeconds: this.timing.pollAfter(session.device) };
      }
      await this.wait({ session, state, deadline, signal });
    }
  }

  /** The answer to a poll that finds nothing new, when it can be given at once and without a promise. */
  idle(authorization: string | undefined, ifNoneMatch: string | undefined): PollAnswer | undefined {
    const now = new Date();
    const device = this.timing.isOverloaded ? undefined : this.auth.recognise(authorization, now);
    if (device === undefined) return undefined;
    const manifest = this.manifests.ready(this.fleet.desiredFor(device), now);
    if (manifest === undefined || ifNoneMatch !== manifest.etag) return undefined;
    return { manifest, modified: false, pollAfterSeconds: this.timing.pollAfter(device) };
  }

  private wait({ session: { device, epoch }, state, deadline, signal }: Waiting): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        this.held.release(poll);
        resolve();
      };
      const wake = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const poll: HeldPoll = { device, epoch, state, heldIn: undefined, wake };
      signal.addEventListener('abort', leave, { once: true });
      this.held.hold(poll, deadline);
    });
  }
}
