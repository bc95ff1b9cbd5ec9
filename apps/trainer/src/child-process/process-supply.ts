import type { Logger } from '@kernelcast/platform';
import type { Device } from '../devices/device.types.js';
import type { Preparation } from '../training-child/messages.js';
import { TrainingProcess } from './training-process.js';

export interface ProcessSupplyOptions {
  /** Compiled entry of the child. */
  readonly entry: string;
  /** What processes are made ready with; without it, none waits. */
  readonly preparation?: Preparation;
  /** Milliseconds from a job's start until a process for the next one is made: it would slow the start of the first. */
  readonly refillAfterMs?: number;
  readonly logger: Logger;
}

const REFILL_AFTER_MS = 5_000;

interface Spare {
  readonly process: TrainingProcess;
  /** What it has loaded beside its program. */
  readonly preparation: Preparation | undefined;
}

/**
 * Training processes, of which one for each device waits, made ready before there is a job: to load modules, the backend
 * and threads takes longer than the first step. Each trains one job all the same, so nothing of a job outlives it.
 */
export class ProcessSupply {
  private readonly spares = new Map<Device, Spare>();
  private readonly timers = new Map<Device, NodeJS.Timeout>();
  private closed = false;

  constructor(private readonly options: ProcessSupplyOptions) {}

  /**
   * A process for a job on this device: the one that waits, when it was made ready for the same, else a fresh one.
   * @param wanted - backend and threads of the job
   */
  take(device: Device, wanted: Preparation): TrainingProcess {
    const spare = this.spares.get(device);
    this.spares.delete(device);
    this.refillLater(device);
    if (spare?.process.alive && fits(spare, wanted)) return spare.process;
    spare?.process.kill();
    return this.fork(device);
  }

  /** Sees to it that a process waits for this device before long. */
  refillLater(device: Device): void {
    const { preparation, refillAfterMs = REFILL_AFTER_MS } = this.options;
    if (preparation === undefined || this.closed || this.timers.has(device)) return;
    const refill = (): void => {
      this.timers.delete(device);
      this.refill(device, holdsMemory(device) ? undefined : preparation);
    };
    this.timers.set(device, setTimeout(refill, refillAfterMs).unref());
  }

  /** Processes that wait. */
  get waiting(): number {
    return this.spares.size;
  }

  /** Ends the processes that wait; those that were taken go on. */
  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    for (const { process } of this.spares.values()) process.kill();
    this.spares.clear();
  }

  private refill(device: Device, preparation: Preparation | undefined): void {
    const process = this.fork(device);
    if (preparation) process.prepare(preparation);
    this.spares.set(device, { process, preparation });
    void process.ended.then((end) => {
      if (this.spares.get(device)?.process !== process) return;
      this.spares.delete(device);
      this.options.logger.warn({ end, stderr: process.errorOutput }, 'a training process died while it waited');
    });
  }

  private fork({ environment }: Device): TrainingProcess {
    return new TrainingProcess({ entry: this.options.entry, environment });
  }
}

/**
 * Whether a backend takes the device for itself, as TensorFlow does with a GPU's memory: then a process that waits has
 * its program alone, as another one may be training there.
 */
const holdsMemory = ({ backend }: Device): boolean => backend !== undefined;

const fits = ({ preparation: made }: Spare, wanted: Preparation): boolean =>
  made === undefined ||
  (made.backend === wanted.backend && made.nativeFolder === wanted.nativeFolder && made.threads === wanted.threads);
