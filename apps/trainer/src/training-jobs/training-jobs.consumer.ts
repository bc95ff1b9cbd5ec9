import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { runInTrace } from '@kernelcast/platform';
import { HandBackError, trainingQueues, type JobContext, type QueueSystem, type QueueWorker } from '@kernelcast/queue';
import type { TrainingJobMessage } from '@kernelcast/contracts';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { DevicePool } from '../devices/device-pool.js';
import type { TrainerPresence } from '../presence/trainer-presence.js';
import type { AttemptTools } from './attempt.types.js';
import { sleep } from './sleep.js';
import { TrainingJobsWorker, type Handled } from './training-jobs.worker.js';

export interface ConsumerOptions {
  readonly tools: AttemptTools;
  readonly queues: QueueSystem;
  readonly devices: DevicePool;
  readonly accelerator: 'cpu' | 'gpu';
  readonly presence: TrainerPresence;
  readonly metrics: Registry;
}

/** Before a message whose handling failed for an unknown reason comes to a worker again. */
const FAILURE_PAUSE_MS = 5_000;
/** A trainer with GPUs works on two queues, which share its devices: what finds none free soon is left to others. */
const DEVICE_PATIENCE_MS = 2_000;
const SWEEP_INTERVAL_MS = 10 * 60_000;

/** Takes training jobs from the queues until the application shuts down, and then gives back those in work. */
export class TrainingJobsConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly shutdown = new AbortController();
  private readonly handled: Counter<'result'>;
  private workers: readonly QueueWorker[] = [];
  private sweeping: NodeJS.Timeout | undefined;

  constructor(private readonly options: ConsumerOptions) {
    const { devices, metrics } = options;
    const registers = [metrics];
    new Gauge({
      name: 'kernelcast_training_jobs_running',
      help: 'Jobs in work here',
      registers,
      collect() {
        this.set(devices.lent);
      },
    });
    this.handled = new Counter({
      name: 'kernelcast_training_jobs_handled_total',
      help: 'Messages handled, by what became of them',
      labelNames: ['result'],
      registers,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const { tools, queues, devices, accelerator, presence } = this.options;
    await tools.folders.sweep();
    this.sweeping = setInterval(() => void this.sweepCheckpoints(), SWEEP_INTERVAL_MS);
    await presence.start();
    for (const device of devices.devices) tools.processes.refillLater(device);
    const jobs = new TrainingJobsWorker(tools, this.shutdown.signal);
    const concurrency = devices.devices.length;
    const handle = (message: TrainingJobMessage, context: JobContext) =>
      runInTrace(message.traceparent, () => this.consume(jobs, message, context));
    this.workers = trainingQueues(accelerator === 'gpu').map((queue) => queues.work(queue, handle, { concurrency }));
  }

  /** Before the database closes: jobs in work write their last checkpoint and go back to the queue. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.sweeping);
    this.shutdown.abort();
    this.options.tools.processes.close();
    await Promise.all(this.workers.map((worker) => worker.close()));
    await this.options.presence.leave();
    await this.options.queues.close();
  }

  /** A message is never lost: whatever goes wrong here, it comes again, and the job's own count of attempts ends it. */
  private async consume(jobs: TrainingJobsWorker, message: TrainingJobMessage, { signal }: JobContext): Promise<void> {
    const { devices, tools } = this.options;
    const { trainingJobId: jobId } = message;
    // Whoever gets the message instead takes a lease of its own, which the attempt here notices; until then it goes on.
    signal.addEventListener('abort', () => tools.logger.warn({ jobId }, 'the queue no longer counts the job as ours'));
    const handle = (): Promise<Handled | undefined> =>
      devices.lend(DEVICE_PATIENCE_MS, (device) => jobs.handle(message, device));
    const result = await handle().catch(async (error: unknown) => {
      tools.logger.error({ err: error, jobId }, 'a training job could not be handled');
      await sleep(FAILURE_PAUSE_MS, this.shutdown.signal);
      return 'again' as const;
    });
    if (result !== undefined) this.handled.inc({ result });
    if (result !== 'done') throw new HandBackError();
  }

  private async sweepCheckpoints(): Promise<void> {
    const { checkpoints, logger } = this.options.tools;
    await checkpoints.sweep().catch((err: unknown) => logger.warn({ err }, 'checkpoints of ended jobs stay for now'));
  }
}
