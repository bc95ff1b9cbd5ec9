import type { Report } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { DeviceReports } from './reports.repository.js';

/** Reports of one transaction. */
const BATCH_REPORTS = 2_000;
/** Reports that wait at once, some 20 MB; beyond it devices keep theirs, which they do anyway until they are told. */
const QUEUE_REPORTS = 20_000;
/** How long a request is held for its batch: a short absence of the database goes unnoticed. */
const HOLD_MS = 4_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** Devices that were sent away come back spread over as many seconds. */
const RETRY_SECONDS = { least: 5, spread: 20 } as const;

interface Waiting {
  readonly deviceId: string;
  readonly reports: readonly Report[];
  readonly deadline: number;
  readonly resolve: (acceptedThrough: number | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export interface ReportQueueOptions {
  /** Writes a batch in one transaction; the highest sequence number of each device that there is. */
  readonly write: (batch: readonly DeviceReports[]) => Promise<ReadonlyMap<string, number>>;
  /** Whether the same write may succeed later, since the database is away. */
  readonly isTransient: (error: unknown) => boolean;
  readonly capacity?: number;
  readonly holdMs?: number;
}

/** What came of all reports since the start. */
export interface ReportCounts {
  batches: number;
  failedBatches: number;
  written: number;
  /** Turned away: the queue was full, or the database away for too long. */
  shed: number;
}

/**
 * Gathers reports of many devices into few transactions: while one is written the next fills. A request is answered only
 * when its reports are durable; what waits here is promised to nobody.
 */
export class ReportQueue {
  readonly counts: ReportCounts = { batches: 0, failedBatches: 0, written: 0, shed: 0 };
  private waiting: Waiting[] = [];
  private queued = 0;
  private running = false;
  private readonly capacity: number;
  private readonly holdMs: number;

  constructor(private readonly options: ReportQueueOptions) {
    this.capacity = options.capacity ?? QUEUE_REPORTS;
    this.holdMs = options.holdMs ?? HOLD_MS;
  }

  /** Reports that wait now, those of a running write included. */
  get size(): number {
    return this.queued;
  }

  /**
   * @param reports sorted by `seq`
   * @returns the highest sequence number of the device that is durable, `undefined` when there is no such device
   * @throws AppError `service_unavailable` when they could not be written in time, or too many wait
   */
  add(deviceId: string, reports: readonly Report[]): Promise<number | undefined> {
    if (this.queued + reports.length > this.capacity) return Promise.reject(this.shed(reports.length));
    this.queued += reports.length;
    const deadline = performance.now() + this.holdMs;
    return new Promise<number | undefined>((resolve, reject) => {
      this.waiting.push({ deviceId, reports, deadline, resolve, reject });
      void this.run();
    }).finally(() => (this.queued -= reports.length));
  }

  /** Writes until nothing waits. Never rejects. */
  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    let pause = FIRST_PAUSE_MS;
    while (this.waiting.length > 0) {
      if (await this.write(this.take())) {
        pause = FIRST_PAUSE_MS;
        continue;
      }
      this.giveUpLate(pause);
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
    this.running = false;
  }

  /** The next batch: each device once, a second request of it in the next. */
  private take(): Waiting[] {
    const devices = new Set<string>();
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    let reports = 0;
    for (const entry of this.waiting) {
      const fits = reports === 0 || reports + entry.reports.length <= BATCH_REPORTS;
      if (fits && !devices.has(entry.deviceId)) {
        devices.add(entry.deviceId);
        batch.push(entry);
        reports += entry.reports.length;
      } else rest.push(entry);
    }
    this.waiting = rest;
    return batch;
  }

  /** @returns whether the database answered; if not, the batch waits again */
  private async write(batch: readonly Waiting[]): Promise<boolean> {
    try {
      const taken = await this.options.write(batch);
      this.counts.batches++;
      for (const { deviceId, reports, resolve } of batch) {
        this.counts.written += reports.length;
        resolve(taken.get(deviceId));
      }
      return true;
    } catch (error) {
      this.counts.failedBatches++;
      if (this.options.isTransient(error)) {
        this.waiting = [...batch, ...this.waiting];
        return false;
      }
      return this.writeApart(batch, error);
    }
  }

  /** What one device sent must not keep others from being heard: each half is tried by itself. */
  private async writeApart(batch: readonly Waiting[], error: unknown): Promise<boolean> {
    const [only] = batch;
    if (batch.length < 2) {
      only?.reject(error);
      return true;
    }
    const half = Math.ceil(batch.length / 2);
    const first = await this.write(batch.slice(0, half));
    return (await this.write(batch.slice(half))) && first;
  }

  /** Sends those away whose time would be over before the next attempt. */
  private giveUpLate(pause: number): void {
    const next = performance.now() + pause;
    const late = this.waiting.filter(({ deadline }) => deadline <= next);
    this.waiting = this.waiting.filter(({ deadline }) => deadline > next);
    for (const { reports, reject } of late) reject(this.shed(reports.length));
  }

  private shed(reports: number): AppError {
    this.counts.shed += reports;
    const retryAfterSeconds = RETRY_SECONDS.least + Math.random() * RETRY_SECONDS.spread;
    return new AppError('service_unavailable', 'The reports could not be kept; send them again.', {
      retryAfterSeconds,
    });
  }
}
