import type { TrainingJob } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { currentTraceparent, ReadinessService, type Logger } from '@kernelcast/platform';
import {
  createQueueSystem,
  enqueue,
  OutboxRelay,
  trainingQueue,
  trainingQueueFor,
  trainingQueues,
  type QueueSystem,
} from '@kernelcast/queue';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, LOGGER, type RegistryConfig } from '../config/registry.config.js';

/** What the queue must know of a job. */
export type QueuedJob = Pick<TrainingJob, 'id' | 'accelerator' | 'priority'>;

/** The way of a training job to the trainers: written with the job's row, then relayed to the queue. */
@Injectable()
export class JobQueue implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly queues: QueueSystem;
  private readonly relay: OutboxRelay;

  constructor(
    database: Database,
    readiness: ReadinessService,
    @Inject(CONFIG) config: RegistryConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.queues = createQueueSystem({ databaseUrl: config.DATABASE_URL, redisUrl: config.REDIS_URL, logger });
    this.relay = new OutboxRelay({ database, queues: this.queues, definitions: trainingQueues(true), logger });
    readiness.register('queue', () => this.queues.ping(trainingQueue));
  }

  onApplicationBootstrap(): void {
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.queues.close();
  }

  /** Queues a job in the transaction that writes it. */
  enqueue(tx: Tx, { id, accelerator, priority }: QueuedJob): Promise<void> {
    const traceparent = currentTraceparent();
    const payload = { trainingJobId: id, ...(traceparent === undefined ? {} : { traceparent }) };
    return enqueue(tx, trainingQueueFor(accelerator), { id, payload, priority });
  }

  /** Whether the queue knows of a job: it waits there, or a trainer has it. */
  async has({ id, accelerator }: QueuedJob): Promise<boolean> {
    return (await this.queues.state(trainingQueueFor(accelerator), id)) !== 'absent';
  }

  /** Relays without delay what a transaction has just written. */
  kick(): void {
    this.relay.kick();
  }

  /**
   * Takes a cancelled job out of the line. One that is left there does no harm: trainers skip what has ended. Only for
   * jobs that can never come back: of others this could take out the message that brings them back.
   */
  async forget({ id, accelerator }: QueuedJob): Promise<void> {
    try {
      await this.queues.remove(trainingQueueFor(accelerator), id);
    } catch (error) {
      this.logger.warn({ err: error, trainingJobId: id }, 'a cancelled job stays in the queue');
    }
  }
}
