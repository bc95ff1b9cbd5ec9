import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { HeldPolls } from '../manifests/held-polls.js';
import { Presence } from '../presence/presence.service.js';
import { FrontConnection } from './front-connection.js';
import { FrontPolls } from './front-polls.js';

/** Milliseconds after a request in which the next must come: longer than the usual time between polls. */
const KEEP_ALIVE_MS = 75_000;
const SWEEP_MS = 5_000;
/** Milliseconds that a device has to read its last answer when the service ends. */
const DRAIN_MS = 5_000;
const MILLISECONDS = 1_000;
const STATUSES = [200, 304, 503] as const;

/**
 * Stands between the sockets of the HTTP server and the server: polls are answered from their bytes, without a parser,
 * a request object or a framework. A connection that asks for anything else is the server's from then on.
 */
@Injectable()
export class PollFront implements BeforeApplicationShutdown {
  private readonly connections = new Set<FrontConnection>();
  private readonly counts = { 200: 0, 304: 0, 503: 0 };
  private serve: (socket: Socket) => void = (socket) => void socket.destroy();
  private timer: NodeJS.Timeout | undefined;
  private closing = false;
  /** Unix seconds of `tailText`. */
  private tailSecond = 0;
  private tailText = '';
  private passedOn = 0;

  constructor(
    readonly polls: FrontPolls,
    private readonly held: HeldPolls,
    private readonly presence: Presence,
    registry: Registry,
  ) {
    this.registerMetrics(registry);
  }

  /** Takes the connections that `server` accepts from now on. */
  takeOver(server: Server): void {
    const listeners = server.listeners('connection') as ((socket: Socket) => void)[];
    server.removeAllListeners('connection');
    this.serve = (socket) => listeners.forEach((listener) => listener.call(server, socket));
    server.on('connection', (socket: Socket) => {
      if (this.closing) socket.destroy();
      else this.connections.add(new FrontConnection(this, socket));
    });
    this.timer = setInterval(() => this.sweep(), SWEEP_MS);
    this.timer.unref();
  }

  /** Held polls have been answered by `HeldPolls`; what is left has asked for nothing. */
  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.closing = true;
    for (const connection of this.connections) if (connection.isIdle) connection.close();
    const cut = (): void => this.connections.forEach(({ socket }) => socket.destroy());
    setTimeout(cut, DRAIN_MS).unref();
  }

  get isClosing(): boolean {
    return this.closing;
  }

  /** The lines that end every head: the time, and whether the connection ends with the answer. */
  tail(nowMs: number): string {
    const second = Math.floor(nowMs / MILLISECONDS);
    if (second !== this.tailSecond || this.closing) {
      const close = this.closing ? 'connection: close\r\n' : '';
      this.tailSecond = second;
      this.tailText = `date: ${new Date(nowMs).toUTCString()}\r\n${close}\r\n`;
    }
    return this.tailText;
  }

  /** Counts the last answer of `polls`, and its device as seen. */
  answered({ status, row }: FrontPolls, nowMs: number): void {
    this.counts[status]++;
    if (status !== 503) this.presence.note(row, Math.floor(nowMs / MILLISECONDS));
  }

  hold(connection: FrontConnection, nowMs: number): void {
    this.presence.note(this.polls.row, Math.floor(nowMs / MILLISECONDS));
    this.held.hold(connection, nowMs + this.polls.waitSeconds * MILLISECONDS);
  }

  passOn(socket: Socket): void {
    this.passedOn++;
    this.serve(socket);
  }

  forget(connection: FrontConnection): void {
    this.held.release(connection);
    this.connections.delete(connection);
  }

  private sweep(): void {
    const oldest = Date.now() - KEEP_ALIVE_MS;
    for (const connection of this.connections) {
      if (connection.isIdle && connection.lastActive < oldest) connection.close();
    }
  }

  private registerMetrics(registry: Registry): void {
    const counts = (): typeof this.counts => this.counts;
    const passedOn = (): number => this.passedOn;
    const open = (): number => this.connections.size;
    new Counter({
      name: 'kernelcast_polls_total',
      help: 'Polls answered from the bytes of their connection, by status',
      labelNames: ['status'],
      registers: [registry],
      collect() {
        this.reset();
        for (const status of STATUSES) this.inc({ status: String(status) }, counts()[status]);
      },
    });
    new Counter({
      name: 'kernelcast_connections_passed_on_total',
      help: 'Connections that asked for something else than a plain poll',
      registers: [registry],
      collect() {
        this.reset();
        this.inc(passedOn());
      },
    });
    new Gauge({
      name: 'kernelcast_poll_connections',
      help: 'Open connections that have asked for nothing but polls',
      registers: [registry],
      collect() {
        this.set(open());
      },
    });
  }
}
