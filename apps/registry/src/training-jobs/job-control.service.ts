import type { TrainingJob } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { JobQueue } from '../job-queue/job-queue.service.js';
import { JobEventsRepository } from './job-events.repository.js';
import { stateAfter, stepOf, type JobAction } from './job-transitions.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';

/** What people do to jobs that exist. */
@Injectable()
export class JobControl {
  constructor(
    private readonly jobs: TrainingJobsRepository,
    private readonly events: JobEventsRepository,
    private readonly queue: JobQueue,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `job_not_found`, `conflict` when the job's state does not allow it */
  async act(actor: Actor, action: JobAction, id: string): Promise<TrainingJob> {
    const job = await this.changes.commit(actor, async (tx) => {
      const owned = { projectId: actor.projectId, id };
      const before = await this.jobs.lock(tx, owned);
      if (!before) throw new AppError('job_not_found', `There is no training job ${id}`);
      const step = stepOf(action, before);
      const result = await this.jobs.take(tx, owned, step);
      const state = stateAfter(step);
      if (state) await this.events.append(tx, id, { type: 'state', data: { state } });
      if (state === 'queued') await this.queue.enqueue(tx, result);
      const after = { state: result.state, pauseRequested: step === 'ask-for-pause' };
      const audit = { action: `training_job.${action}`, resource: id, before, after };
      const ended = state === 'cancelled';
      return { result, audit, events: ended ? [{ type: 'training_job.cancelled', subject: id }] : [] };
    });
    if (action === 'cancel') await this.queue.forget(job);
    else this.queue.kick();
    return job;
  }
}
