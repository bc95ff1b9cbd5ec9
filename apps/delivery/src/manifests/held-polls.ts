import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { FleetState } from '../fleet/fleet-state.js';
import type { KnownDevice } from '../fleet/fleet-state.js';
import { FleetSync } from '../fleet/fleet-sync.service.js';
import type { DesiredState } from '../fleet/fleet.types.js';
import { Manifests } from './manifests.js';

/** A poll ends within this time after its deadline. */
const TICK_MS = 500;
/** Ticks of the wheel: more than the longest wait, 60 s. */
const SLOTS = 128;
/** Polls looked at, or woken, before other work gets its turn: well under a millisecond each time. */
const SLICE = 200;

/** A long poll that waits. The wheel keeps nothing of its own for it. */
export interface HeldPoll {
  readonly device: KnownDevice;
  /** Of the credential that it came with. */
  readonly epoch: number;
  /** What its device should run as far as it knows. */
  readonly state: DesiredState;
  /** Where it waits; kept by {@link HeldPolls}. */
  heldIn: Set<HeldPoll> | undefined;
  /** Called once: there is something new for it, it has waited long enough, or the service ends. */
  wake(): void;
}

/**
 * Long polls by the time they end: a timer wheel with one timer for all of them. A change of the fleet wakes those
 * whose device it concerns, a few at a time, so that others are answered in between.
 */
@Injectable()
export class HeldPolls implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly wheel: Set<HeldPoll>[] = Array.from({ length: SLOTS }, () => new Set());
  private count = 0;
  private tick = Math.floor(Date.now() / TICK_MS);
  private timer: NodeJS.Timeout | undefined;
  private closed = false;
  private walking = false;
  private walkAgain = false;

  constructor(
    private readonly fleet: FleetState,
    private readonly sync: FleetSync,
    private readonly manifests: Manifests,
    registry: Registry,
  ) {
    const size = (): number => this.count;
    new Gauge({
      name: 'kernelcast_held_polls',
      help: 'Long polls that wait for a change',
      registers: [registry],
      collect() {
        this.set(size());
      },
    });
  }

  onApplicationBootstrap(): void {
    this.sync.onChange(() => void this.changed());
    this.timer = setInterval(() => void this.advance(), TICK_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.closed = true;
    await this.wakeAll(this.all());
  }

  get size(): number {
    return this.count;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Holds a poll until there is news for it, at most until `deadline` (Unix milliseconds, within 60 s). */
  hold(poll: HeldPoll, deadline: number): void {
    const due = Math.min(Math.max(Math.ceil(deadline / TICK_MS), this.tick + 1), this.tick + SLOTS - 1);
    poll.heldIn = this.wheel[due % SLOTS];
    poll.heldIn?.add(poll);
    this.count++;
  }

  /** Lets a poll go without waking it: its device has gone. */
  release(poll: HeldPoll): void {
    if (poll.heldIn?.delete(poll)) this.count--;
    poll.heldIn = undefined;
  }

  /** Wakes the polls whose time has come. */
  async advance(now = Date.now()): Promise<void> {
    const until = Math.floor(now / TICK_MS);
    // After a long pause every slot is due, and none twice.
    const first = Math.max(this.tick + 1, until - SLOTS + 1);
    this.tick = Math.max(this.tick, until);
    const due: HeldPoll[] = [];
    for (let tick = first; tick <= until; tick++) due.push(...(this.wheel[tick % SLOTS] ?? []));
    await this.wakeAll(due);
  }

  /** Wakes the polls whose manifest is another now, or whose credential no longer holds. */
  async changed(): Promise<void> {
    this.walkAgain = true;
    if (this.walking) return;
    this.walking = true;
    while (this.walkAgain) {
      this.walkAgain = false;
      await this.walk();
    }
    this.walking = false;
  }

  private async walk(): Promise<void> {
    const polls = this.all();
    for (let start = 0; start < polls.length; start += SLICE) {
      const news = polls.slice(start, start + SLICE).filter((poll) => poll.heldIn !== undefined && this.hasNews(poll));
      await this.sign(news);
      this.wakeNow(news);
      await turn();
    }
  }

  private hasNews({ device, epoch, state }: HeldPoll): boolean {
    return this.fleet.standing(device, epoch) !== 'current' || this.fleet.desiredFor(device) !== state;
  }

  /** Signs what the polls are about to ask for, each manifest once. One that fails to be signed is told by its poll. */
  private async sign(polls: readonly HeldPoll[]): Promise<void> {
    const states = new Set<DesiredState>();
    for (const { device } of polls) if (this.fleet.device(device.id)) states.add(this.fleet.desiredFor(device));
    await Promise.allSettled([...states].map((state) => this.manifests.current(state, new Date())));
  }

  private async wakeAll(polls: readonly HeldPoll[]): Promise<void> {
    for (let start = 0; start < polls.length; start += SLICE) {
      this.wakeNow(polls.slice(start, start + SLICE));
      if (start + SLICE < polls.length) await turn();
    }
  }

  private wakeNow(polls: readonly HeldPoll[]): void {
    for (const poll of polls) {
      if (poll.heldIn === undefined) continue;
      this.release(poll);
      poll.wake();
    }
  }

  private all(): HeldPoll[] {
    return this.wheel.flatMap((slot) => [...slot]);
  }
}

/** Lets the event loop do other work. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
