import { Injectable } from '@nestjs/common';
import type { BundleAnswer, BundleOrder } from '@kernelcast/contracts';
import { FleetState } from '../fleet/fleet-state.js';
import { FleetSync } from '../fleet/fleet-sync.service.js';
import type { DesiredState } from '../fleet/fleet.types.js';
import { Manifests } from '../manifests/manifests.js';
import { BundlesRepository } from './bundles.repository.js';

/** Decides whether one manifest does for all the devices that a bundle is for, and signs it. */
@Injectable()
export class BundlesService {
  constructor(
    private readonly devices: BundlesRepository,
    private readonly fleet: FleetState,
    private readonly sync: FleetSync,
    private readonly manifests: Manifests,
  ) {}

  async sign(order: BundleOrder, now: Date): Promise<BundleAnswer> {
    await this.sync.refresh();
    const states = await this.statesOf(order);
    const [state, other] = states;
    if (state === undefined) return nobody(order);
    if (other !== undefined) return disagreement(state, other);
    if (state.assignments.length === 0) return conflict('Nothing is rolled out to these devices.');
    return {
      outcome: 'signed',
      manifest: await this.manifests.signUntil(state, now, new Date(order.expiresAt)),
      cohort: state.cohort,
      version: state.version,
      baseDigest: state.baseDigest,
      modulators: state.assignments.map(({ task, modulatorVersion: version, digest, size }) => ({ task, version, digest, size })), // prettier-ignore
    };
  }

  /** The desired states of the devices it is for; no more than two, as two are one too many. */
  private async statesOf({ groupId, deviceId, baseDigest }: BundleOrder): Promise<DesiredState[]> {
    const states = new Set<DesiredState>();
    for await (const id of this.devices.activeDevices(groupId, deviceId)) {
      const device = this.fleet.device(id) ?? (await this.sync.lookUp(id));
      if (device === undefined) continue;
      const state = this.fleet.desiredFor(device);
      if (baseDigest === undefined || state.baseDigest === baseDigest) states.add(state);
      if (states.size > 1) break;
    }
    return [...states];
  }
}

function nobody({ deviceId }: BundleOrder): BundleAnswer {
  if (deviceId === undefined) return conflict('No active device of the group holds this base network.');
  return { outcome: 'refused', code: 'device_not_found', detail: 'The group has no such active device.' };
}

/**
 * A device refuses another cohort's manifest of a version that it knows: brought the wrong one it would wait for the
 * next change. So nobody guesses which one it should be.
 */
function disagreement(one: DesiredState, other: DesiredState): BundleAnswer {
  return one.baseDigest === other.baseDigest
    ? conflict('Devices of the group are to run different things, as in the middle of a rollout: name one device.')
    : conflict('Devices of the group hold different base networks: name one of them.');
}

function conflict(detail: string): BundleAnswer {
  return { outcome: 'refused', code: 'conflict', detail };
}
