import type { Bundle, CreateBundle } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { BundleOrders, type SignedBundle } from './bundle-orders.service.js';
import { BundlesRepository } from './bundles.repository.js';

@Injectable()
export class BundlesService {
  constructor(
    private readonly repository: BundlesRepository,
    private readonly orders: BundleOrders,
    private readonly changes: Changes,
  ) {}

  /**
   * Has a manifest signed for devices that will not poll. Nothing changes by it but the audit log, which tells who has
   * it, for whom and until when.
   *
   * @throws AppError `group_not_found`, `device_not_found`, `conflict`, `service_unavailable`
   */
  async create(actor: Actor, groupId: string, order: CreateBundle): Promise<Bundle> {
    const { deviceId, baseDigest, expiresInSeconds } = order;
    if (!(await this.repository.hasGroup(actor.projectId, groupId))) {
      throw new AppError('group_not_found', `There is no device group ${groupId}`);
    }
    if (deviceId !== undefined && !(await this.repository.hasDevice(groupId, deviceId))) {
      throw new AppError('device_not_found', `The group has no device ${deviceId}`);
    }
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1_000).toISOString();
    const signed = await this.orders.sign({ groupId, deviceId, baseDigest, expiresAt });
    const result = await this.describe(signed, { actor, groupId, deviceId, expiresAt });
    const { manifest: _, ...after } = result;
    return this.changes.commit(actor, () =>
      Promise.resolve({ result, audit: { action: 'device_group.bundle', resource: groupId, after } }),
    );
  }

  private async describe(
    { manifest, cohort, version, baseDigest, modulators }: SignedBundle,
    order: { actor: Actor; groupId: string; deviceId: string | undefined; expiresAt: string },
  ): Promise<Bundle> {
    const digests = modulators.map(({ digest }) => digest);
    const ids = await this.repository.versionIds(order.actor.projectId, digests);
    return {
      groupId: order.groupId,
      deviceId: order.deviceId ?? null,
      cohort,
      manifestVersion: version,
      baseDigest,
      expiresAt: order.expiresAt,
      manifest,
      modulators: modulators.map((modulator) => {
        const modulatorVersionId = ids.get(modulator.digest);
        if (modulatorVersionId === undefined) throw new Error(`${modulator.digest} is no version of the project`);
        return { ...modulator, modulatorVersionId };
      }),
    };
  }
}
