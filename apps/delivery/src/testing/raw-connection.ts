import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 10;

/** Waits for a condition. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(POLL_MS);
}

/** A connection that sends exactly the bytes that it is given. */
export class RawConnection {
  /** Everything received. */
  text = '';
  isClosed = false;
  private readonly socket: Socket;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.socket.on('data', (chunk) => (this.text += chunk.toString('latin1')));
    this.socket.on('close', () => (this.isClosed = true));
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** Resolves when what was sent has left, so that what follows comes by itself. */
  async hasSent(): Promise<void> {
    await until(() => this.socket.writableLength === 0 && this.socket.bytesWritten > 0);
    await delay(POLL_MS);
  }

  /** The status of each answer, once there are `count` of them. */
  async statuses(count: number): Promise<number[]> {
    const found = () => [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
    await until(() => found().length >= count || this.isClosed);
    return found();
  }

  close(): void {
    this.socket.destroy();
  }
}
