import type { BaseNetwork, CreateTrainingJob, UpgradePlan, UpgradeRemark, UpgradeStep } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { BaseNetworksService } from '../base-networks/base-networks.service.js';
import type { Actor } from '../changes/actor.js';
import { BYTES_PER_PARAMETER } from '../training-jobs/budget.js';
import { DryRuns } from '../training-jobs/dry-runs.service.js';
import { TrainingJobsService } from '../training-jobs/training-jobs.service.js';
import { UpgradeOrders } from './upgrade-orders.service.js';
import { chooseVersion, repeatOn, type Chosen } from './upgrade-rules.js';
import { UpgradesRepository, type TaskOnBase } from './upgrades.repository.js';

interface Bases {
  readonly projectId: string;
  readonly from: BaseNetwork;
  readonly to: BaseNetwork;
  /** Features of the new one, on which heads are trained. */
  readonly featureSize: number;
}

/** Plans the replacement of a base network by another one, and orders the training that it takes. */
@Injectable()
export class BaseUpgrades {
  constructor(
    private readonly bases: BaseNetworksService,
    private readonly upgrades: UpgradesRepository,
    private readonly jobs: TrainingJobsService,
    private readonly dryRuns: DryRuns,
    private readonly orders: UpgradeOrders,
  ) {}

  /** @throws AppError `base_network_not_found`, `conflict` when both are the same or no job may be ordered on the new one */
  async plan(projectId: string, from: string, to: string): Promise<UpgradePlan> {
    const bases = await this.find(projectId, from, to);
    const steps: UpgradeStep[] = [];
    for (const task of await this.upgrades.tasksOn(projectId, bases.from.id)) {
      const chosen = chooseVersion(task.versions);
      if (chosen) steps.push(await this.stepOf(bases, task, chosen));
    }
    const devices = await this.upgrades.devicesWithout(projectId, bases.from, bases.to);
    const modulatorBytes = steps.reduce((sum, step) => sum + step.devices * step.modulatorBytes, 0);
    return {
      from: bases.from.id,
      to: bases.to.id,
      steps,
      devices,
      baseBytes: bases.to.weightsSize,
      totalBytes: devices * bases.to.weightsSize + modulatorBytes,
      estimatedSeconds: steps.reduce((sum, { estimatedSeconds }) => sum + (estimatedSeconds ?? 0), 0),
    };
  }

  /** Orders the jobs of a plan that nobody has ordered yet, all or none. @throws AppError as {@link plan} */
  async apply(actor: Actor, from: string, to: string): Promise<UpgradePlan> {
    return this.orders.order(actor, await this.plan(actor.projectId, from, to));
  }

  private async find(projectId: string, fromReference: string, toReference: string): Promise<Bases> {
    const from = await this.bases.get(projectId, fromReference);
    const to = await this.bases.get(projectId, toReference);
    if (from.id === to.id) throw new AppError('conflict', `"${to.name}" cannot replace itself`);
    if (to.state !== 'active') throw new AppError('conflict', `The base network "${to.name}" is ${to.state}`);
    return { projectId, from, to, featureSize: (await this.bases.graphOf(to)).featureSize };
  }

  private async stepOf(bases: Bases, task: TaskOnBase, chosen: Chosen): Promise<UpgradeStep> {
    const { projectId, from, to, featureSize } = bases;
    const old = await this.jobs.get(projectId, chosen.trainingJobId);
    const { job, obstacles, notCarried } = repeatOn(old, { from, to });
    const tried = obstacles.length > 0 ? { obstacles } : await this.tryOut(projectId, job, from);
    const headBytes = (featureSize + 1) * task.labels * BYTES_PER_PARAMETER;
    const { method, scenario, datasetVersionId } = old;
    const like = { taskId: task.taskId, datasetVersionId, baseNetworkId: to.id, method, scenario };
    const isPossible = tried.obstacles.length === 0;
    return {
      taskId: task.taskId,
      taskName: task.taskName,
      version: { id: chosen.id, version: chosen.version, state: chosen.state, alias: chosen.alias },
      job: isPossible ? job : null,
      jobId: await this.upgrades.jobLike(projectId, like),
      obstacles: [...tried.obstacles],
      notCarried: [...notCarried],
      estimatedSeconds: tried.seconds ?? null,
      estimatedFrom: tried.basis ?? null,
      modulatorBytes: isPossible ? (tried.parameters ?? 0) * BYTES_PER_PARAMETER + headBytes : 0,
      devices: await this.upgrades.devicesRunning(projectId, chosen.id),
    };
  }

  /** Checks an order as one that is really given; its refusal is an obstacle. */
  private async tryOut(projectId: string, job: CreateTrainingJob, from: BaseNetwork): Promise<Trial> {
    try {
      const { budgetParameters: parameters, estimatedSeconds } = await this.dryRuns.run(projectId, job);
      if (estimatedSeconds !== null) return { obstacles: [], parameters, seconds: estimatedSeconds, basis: 'new' };
      const seconds = await this.dryRuns.estimate(projectId, { ...job, baseNetworkId: from.id });
      return { obstacles: [], parameters, ...(seconds === null ? {} : { seconds, basis: 'old' as const }) };
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { obstacles: [{ code: error.code, detail: error.detail }] };
    }
  }
}

interface Trial {
  readonly obstacles: readonly UpgradeRemark[];
  readonly parameters?: number;
  readonly seconds?: number;
  readonly basis?: 'new' | 'old';
}
