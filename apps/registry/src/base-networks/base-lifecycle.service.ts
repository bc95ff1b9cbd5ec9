import type { BaseDependents, BaseNetwork, BaseNetworkState } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { BaseLifecycleRepository } from './base-lifecycle.repository.js';
import { BaseNetworksRepository } from './base-networks.repository.js';

const STEPS = {
  deprecate: { from: 'active', to: 'deprecated' },
  restore: { from: 'deprecated', to: 'active' },
} as const satisfies Record<string, { from: BaseNetworkState; to: BaseNetworkState }>;

/** Takes base networks out of use and back, and away when nothing rests on them. */
@Injectable()
export class BaseLifecycle {
  constructor(
    private readonly bases: BaseNetworksRepository,
    private readonly lifecycle: BaseLifecycleRepository,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `base_network_not_found` */
  async dependents(projectId: string, reference: string): Promise<BaseDependents> {
    const base = found(await this.bases.find(projectId, reference), reference);
    return this.lifecycle.dependents(projectId, base);
  }

  /** Doing it twice changes nothing. @throws AppError `base_network_not_found`, `forbidden`, `conflict` */
  change(actor: Actor, step: keyof typeof STEPS, reference: string): Promise<BaseNetwork> {
    const { from, to } = STEPS[step];
    return this.changes.commit(actor, async (tx) => {
      const before = await this.locked(tx, actor, reference);
      if (before.state === to) return { result: before };
      if (before.state !== from) throw new AppError('conflict', `The base network is ${before.state}`);
      await this.lifecycle.setState(tx, before.id, to);
      const result = { ...before, state: to };
      return { result, audit: { action: `base_network.${step}`, resource: before.id, before, after: result } };
    });
  }

  /** @throws AppError `base_network_not_found`, `forbidden`, `conflict` naming what rests on it */
  delete(actor: Actor, reference: string): Promise<null> {
    return this.changes.commit(actor, async (tx) => {
      const before = await this.locked(tx, actor, reference);
      if (before.state === 'validating') throw new AppError('conflict', 'The base network is being validated');
      const { counts, elsewhere } = await this.lifecycle.dependents(actor.projectId, before, tx);
      const uses = (['modulators', 'jobs', 'devices'] as const).flatMap((kind) => {
        const number = counts[kind] + elsewhere[kind];
        return number > 0 ? [`${number} ${kind}`] : [];
      });
      if (uses.length > 0) throw new AppError('conflict', `On the base network rest ${uses.join(', ')}`);
      await this.lifecycle.delete(tx, before.id);
      return { result: null, audit: { action: 'base_network.delete', resource: before.id, before } };
    });
  }

  private async locked(tx: Tx, { projectId, installationAdmin }: Actor, reference: string): Promise<BaseNetwork> {
    const { id, projectId: owner } = found(await this.bases.find(projectId, reference, tx), reference);
    if (owner === null && !installationAdmin) {
      throw new AppError(
        'forbidden',
        'All projects share the base network: an admin of the installation may change it',
      );
    }
    await this.lifecycle.lock(tx, id);
    return found(await this.bases.find(projectId, id, tx), reference);
  }
}

const found = (base: BaseNetwork | null, reference: string): BaseNetwork => {
  if (!base) throw new AppError('base_network_not_found', `There is no base network "${reference}"`);
  return base;
};
