import type { UpgradePlan, UpgradeStep } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { BaseLifecycleRepository } from '../base-networks/base-lifecycle.repository.js';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { TrainingJobsService } from '../training-jobs/training-jobs.service.js';
import { UpgradesRepository } from './upgrades.repository.js';

/** Orders the jobs of upgrade plans. */
@Injectable()
export class UpgradeOrders {
  constructor(
    private readonly lifecycle: BaseLifecycleRepository,
    private readonly upgrades: UpgradesRepository,
    private readonly jobs: TrainingJobsService,
    private readonly changes: Changes,
  ) {}

  /** One transaction, which keeps a second one waiting: what the first has ordered, the second finds. */
  async order(actor: Actor, plan: UpgradePlan): Promise<UpgradePlan> {
    const done = await this.changes.commit(actor, async (tx) => {
      await this.lifecycle.lock(tx, plan.to);
      const steps: UpgradeStep[] = [];
      for (const step of plan.steps) steps.push({ ...step, jobId: await this.jobOf(tx, actor, step) });
      const jobs = steps.flatMap(({ taskId, jobId }) => (jobId === null ? [] : [{ taskId, jobId }]));
      const after = { from: plan.from, to: plan.to, jobs };
      return { result: { ...plan, steps }, audit: { action: 'base_network.upgrade', resource: plan.to, after } };
    });
    this.jobs.kick();
    return done;
  }

  private async jobOf(tx: Tx, actor: Actor, { job, jobId, taskId }: UpgradeStep): Promise<string | null> {
    if (job === null || jobId !== null) return jobId;
    const { datasetVersion: datasetVersionId, baseNetwork: baseNetworkId, method, scenario } = job;
    const like = { taskId, datasetVersionId, baseNetworkId, method, scenario };
    const earlier = await this.upgrades.jobLike(actor.projectId, like, tx);
    return earlier ?? (await this.jobs.submitWithin(tx, actor, job)).id;
  }
}
