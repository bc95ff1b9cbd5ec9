import type { BaseNetwork } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { UpgradeCandidate } from './upgrade-rules.js';

/** Of each task, the versions that are looked at for the one to be retrained. */
const VERSIONS = 50;
const GIVEN_UP = ['failed', 'cancelled'] as const;

export interface TaskOnBase {
  readonly taskId: string;
  readonly taskName: string;
  readonly labels: number;
  readonly versions: readonly UpgradeCandidate[];
}

export interface RepeatedJob {
  readonly taskId: string;
  readonly datasetVersionId: string;
  readonly baseNetworkId: string;
  readonly method: string;
  readonly scenario: string;
}

/** Reads what a replacement of a base network concerns. */
@Injectable()
export class UpgradesRepository {
  constructor(private readonly db: Database) {}

  /** Tasks with a modulator on a base network, by name. */
  async tasksOn(projectId: string, baseNetworkId: string, tx: Tx = this.db.prisma): Promise<TaskOnBase[]> {
    const rows = await tx.modulator.findMany({
      where: { projectId, baseNetworkId },
      include: {
        task: { select: { name: true, labels: true } },
        versions: {
          orderBy: { version: 'desc' },
          take: VERSIONS,
          include: { aliases: { select: { name: true }, orderBy: { name: 'asc' } } },
        },
      },
      orderBy: { task: { name: 'asc' } },
    });
    return rows.map(({ taskId, task, versions }) => ({
      taskId,
      taskName: task.name,
      labels: task.labels.length,
      versions: versions.map(({ id, version, state, size, trainingJobId, aliases }) => ({
        ...{ id, version, state, size, trainingJobId },
        aliases: aliases.map(({ name }) => name),
      })),
    }));
  }

  /** The newest job that does the same and was not given up. */
  async jobLike(projectId: string, job: RepeatedJob, tx: Tx = this.db.prisma): Promise<string | null> {
    const row = await tx.trainingJob.findFirst({
      where: { projectId, ...job, state: { notIn: [...GIVEN_UP] } },
      orderBy: { createdAt: 'desc' },
      select: { id: true },
    });
    return row && row.id;
  }

  /** Active devices that hold one base network and not the other. */
  devicesWithout(projectId: string, from: BaseNetwork, to: BaseNetwork): Promise<number> {
    return this.db.prisma.device.count({
      where: {
        ...{ projectId, state: 'active', baseDigests: { has: from.digest } },
        NOT: { baseDigests: { has: to.digest } },
      },
    });
  }

  /** Active devices that run a version. */
  async devicesRunning(projectId: string, versionId: string): Promise<number> {
    const [row] = await this.db.prisma.$queryRaw<{ devices: number }[]>`
      SELECT count(DISTINCT slot.device_id)::int AS devices
      FROM modulator_versions AS version
      JOIN device_slots AS slot ON slot.digest = version.digest AND slot.phase = 'active'
      JOIN devices AS device ON device.id = slot.device_id AND device.project_id = ${projectId} AND device.state = 'active'
      WHERE version.id = ${versionId}`;
    return row?.devices ?? 0;
  }
}
