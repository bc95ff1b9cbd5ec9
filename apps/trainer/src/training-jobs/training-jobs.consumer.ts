import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { HandBackError, trainingQueue, type QueueSystem, type QueueWorker } from '@kernelcast/queue';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { AttemptTools } from './attempt.types.js';
import { sleep } from './sleep.js';
import { TrainingJobsWorker, type Handled } from './training-jobs.worker.js';

export interface ConsumerOptions {
  readonly tools: AttemptTools;
  readonly queues: QueueSystem;
  /** Jobs trained at once. */
  readonly concurrency: number;
  readonly metrics: Registry;
}

/** Before a message whose handling failed for an unknown reason comes to a worker again. */
const FAILURE_PAUSE_MS = 5_000;

/** Takes training jobs from the queue until the application shuts down, and then gives back those in work. */
export class TrainingJobsConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly shutdown = new AbortController();
  private readonly running: Gauge;
  private readonly handled: Counter<'result'>;
  private worker: QueueWorker | undefined;

  constructor(private readonly options: ConsumerOptions) {
    const registers = [options.metrics];
    this.running = new Gauge({ name: 'kernelcast_training_jobs_running', help: 'Jobs in work here', registers });
    this.handled = new Counter({
      name: 'kernelcast_training_jobs_handled_total',
      help: 'Messages handled, by what became of them',
      labelNames: ['result'],
      registers,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { tools, queues, concurrency } = this.options;
    await tools.folders.sweep();
    const jobs = new TrainingJobsWorker(tools, this.shutdown.signal);
    this.worker = queues.work(trainingQueue, (message) => this.consume(() => jobs.handle(message)), { concurrency });
  }

  /** Before the database closes: jobs in work write their last checkpoint and go back to the queue. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shutdown.abort();
    await this.worker?.close();
    await this.options.queues.close();
  }

  /** A message is never lost: whatever goes wrong here, it comes again, and the job's own count of attempts ends it. */
  private async consume(handle: () => Promise<Handled>): Promise<void> {
    this.running.inc();
    const result = await handle().catch(async (error: unknown) => {
      this.options.tools.logger.error({ err: error }, 'a training job could not be handled');
      await sleep(FAILURE_PAUSE_MS, this.shutdown.signal);
      return 'again' as const;
    });
    this.running.dec();
    this.handled.inc({ result });
    if (result === 'again') throw new HandBackError();
  }
}
