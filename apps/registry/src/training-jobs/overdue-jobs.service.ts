import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { systemIn } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { Periodic } from '../housekeeping/periodic.js';
import { JobEventsRepository } from './job-events.repository.js';
import { TrainingJobsRepository, type JobFault, type OwnedJob } from './training-jobs.repository.js';

const INTERVAL_MS = 5_000;
/** Jobs closed in one look; the next look takes the rest. */
const BATCH = 100;

const OVERDUE: JobFault = {
  code: 'deadline_exceeded',
  message: 'The deadline passed while the job waited. Retry it to have it trained without one.',
  retryable: false,
};

/**
 * Closes the jobs whose deadline passes while they wait or are paused; trainers close those they have in work. Any
 * number of replicas may do so: each job is closed by one of them.
 */
@Injectable()
export class OverdueJobs implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sweeping = new Periodic({
    name: OverdueJobs.name,
    intervalMs: INTERVAL_MS,
    work: () => this.sweep(),
    onFault: 'overdue jobs stay for now',
  });

  constructor(
    private readonly jobs: TrainingJobsRepository,
    private readonly events: JobEventsRepository,
    private readonly changes: Changes,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.sweeping.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.sweeping.stop();
  }

  /** Closes what is overdue. @returns how many jobs this replica closed */
  async sweep(): Promise<number> {
    let closed = 0;
    for (const job of await this.jobs.overdue(BATCH)) if (await this.close(job)) closed++;
    return closed;
  }

  private close({ id, projectId }: OwnedJob): Promise<boolean> {
    return this.changes.commit(systemIn(projectId), async (tx) => {
      if (!(await this.jobs.expire(tx, id, OVERDUE))) return { result: false };
      const after = { state: 'failed', error: OVERDUE };
      await this.events.append(tx, id, { type: 'state', data: after });
      const audit = { action: 'training_job.expire', resource: id, after };
      return { result: true, audit, events: [{ type: 'training_job.failed', subject: id }] };
    });
  }
}
