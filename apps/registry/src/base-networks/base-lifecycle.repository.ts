import type { BaseDependents, BaseNetwork, BaseNetworkState } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** Entries of a list; counts are of all. */
const LISTED = 200;
const UNENDED = ['queued', 'running', 'evaluating', 'paused'] as const;

type Counts = BaseDependents['counts'];
type Based = Pick<BaseNetwork, 'id' | 'digest'>;

/** What rests on base networks, and what becomes of those on which nothing does. */
@Injectable()
export class BaseLifecycleRepository {
  constructor(private readonly db: Database) {}

  async dependents(projectId: string, base: Based, tx: Tx = this.db.prisma): Promise<BaseDependents> {
    const where = { projectId, baseNetworkId: base.id };
    const modulators = await tx.modulator.findMany({
      where,
      include: { task: { select: { name: true } }, _count: { select: { versions: true } } },
      orderBy: { createdAt: 'desc' },
      take: LISTED,
    });
    const jobs = await tx.trainingJob.findMany({
      where: { ...where, state: { in: [...UNENDED] } },
      select: { id: true, state: true, task: { select: { name: true } } },
      orderBy: { createdAt: 'desc' },
      take: LISTED,
    });
    const [here, all] = [await this.count(base, projectId, tx), await this.count(base, null, tx)];
    return {
      modulators: modulators.map(({ id, taskId, task, _count }) => ({
        id,
        taskId,
        taskName: task.name,
        versions: _count.versions,
      })),
      jobs: jobs.map(({ id, state, task }) => ({ id, state, taskName: task && task.name })),
      counts: here,
      elsewhere: {
        modulators: all.modulators - here.modulators,
        versions: all.versions - here.versions,
        jobs: all.jobs - here.jobs,
        devices: all.devices - here.devices,
      },
    };
  }

  /** Keeps others from changing a base network, or referring to it anew, until the transaction ends. */
  async lock(tx: Tx, id: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM base_networks WHERE id = ${id} FOR UPDATE`;
  }

  async setState(tx: Tx, id: string, state: BaseNetworkState): Promise<void> {
    await tx.baseNetwork.update({ where: { id }, data: { state } });
  }

  async delete(tx: Tx, id: string): Promise<void> {
    await tx.baseNetwork.delete({ where: { id } });
  }

  /** @param projectId null for all projects */
  private async count({ id, digest }: Based, projectId: string | null, tx: Tx): Promise<Counts> {
    const owned = projectId === null ? {} : { projectId };
    const where = { ...owned, baseNetworkId: id };
    return {
      modulators: await tx.modulator.count({ where }),
      versions: await tx.modulatorVersion.count({ where: { ...owned, modulator: { baseNetworkId: id } } }),
      jobs: await tx.trainingJob.count({ where }),
      devices: await tx.device.count({ where: { ...owned, state: 'active', baseDigests: { has: digest } } }),
    };
  }
}
