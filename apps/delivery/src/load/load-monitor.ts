import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { NO_LOAD, nextLoad, shedsPresence, stretchOf } from './load-rule.js';

const TICK_MS = 1_000;
const DELAY_RESOLUTION_MS = 10;
const NANOSECONDS = 1e6;
/** A device that is refused comes again within this many seconds, each at another time. */
const SHORTEST_RETRY_S = 5;
const RETRY_SPREAD_S = 30;

/** Measures how busy this process is, and says what is to be given up for it. */
@Injectable()
export class LoadMonitor implements OnApplicationBootstrap, OnModuleDestroy {
  private state = NO_LOAD;
  private last = performance.eventLoopUtilization();
  private readonly delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  private timer: NodeJS.Timeout | undefined;

  constructor(registry: Registry) {
    const stretch = (): number => this.stretch;
    new Gauge({
      name: 'kernelcast_poll_stretch',
      help: 'Factor by which the time between polls is stretched under load',
      registers: [registry],
      aggregator: 'max',
      collect() {
        this.set(stretch());
      },
    });
  }

  onApplicationBootstrap(): void {
    this.delay.enable();
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    this.delay.disable();
  }

  /** Factor of the time between two polls of one device. */
  get stretch(): number {
    return stretchOf(this.state);
  }

  /** Whether last-seen times are given up. */
  get shedsPresence(): boolean {
    return shedsPresence(this.state);
  }

  /** Whether polls are refused. */
  get isOverloaded(): boolean {
    return this.state.isOverloaded;
  }

  /** Seconds after which a refused device should come again. @param phase of the device, 0 to 1 */
  retryAfterSeconds(phase: number): number {
    return SHORTEST_RETRY_S + Math.floor(phase * RETRY_SPREAD_S);
  }

  private tick(): void {
    const now = performance.eventLoopUtilization();
    const { utilization: utilisation } = performance.eventLoopUtilization(now, this.last);
    this.last = now;
    // The histogram holds the time between two samples, which are due one resolution apart.
    const delayMs = Math.max(0, this.delay.percentile(50) / NANOSECONDS - DELAY_RESOLUTION_MS);
    this.delay.reset();
    this.state = nextLoad(this.state, { utilisation, delayMs });
  }
}
