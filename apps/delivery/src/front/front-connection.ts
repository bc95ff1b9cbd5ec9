import type { Socket } from 'node:net';
import { NOTHING_DESIRED } from '../fleet/fleet.types.js';
import type { KnownDevice } from '../fleet/fleet-state.js';
import type { HeldPoll } from '../manifests/held-polls.js';
import type { PollFront } from './poll-front.js';

/** Bytes that may arrive while a poll is held; a device that sends more is cut off. */
const LONGEST_STASH = 16_384;
const NOTHING = Buffer.alloc(0);
const NO_DEVICE: KnownDevice = { id: '' };

/** A connection that has sent nothing but polls so far. It is its own held poll, so that one costs little. */
export class FrontConnection implements HeldPoll {
  device = NO_DEVICE;
  epoch = 0;
  state = NOTHING_DESIRED;
  heldIn: Set<HeldPoll> | undefined;
  /** Unix milliseconds of the last request. */
  lastActive = Date.now();
  /** Unanswered bytes: those of a held poll and what came after it. */
  private stash: Buffer = NOTHING;
  private isWaiting = false;
  private isGone = false;

  constructor(
    private readonly front: PollFront,
    readonly socket: Socket,
  ) {
    socket.on('data', this.onData);
    socket.on('end', this.onEnd);
    socket.on('error', this.onError);
    socket.on('close', this.onClose);
  }

  get isIdle(): boolean {
    return !this.isWaiting;
  }

  /** The held poll is to be answered. */
  wake(): void {
    this.resume({ mayHold: false });
  }

  /** Says good-bye: nothing was asked, or everything answered. */
  close(): void {
    this.socket.end();
  }

  private readonly onData = (chunk: Buffer): void => {
    this.lastActive = Date.now();
    if (!this.isWaiting) {
      this.process(chunk, { mayHold: true });
    } else if (this.stash.length + chunk.length > LONGEST_STASH) {
      this.socket.destroy();
    } else {
      this.stash = Buffer.concat([this.stash, chunk]);
    }
  };

  private readonly onEnd = (): void => {
    // A device that will not send any more may still read, but waits for nothing any more.
    if (this.isWaiting) this.socket.destroy();
    else this.socket.end();
  };

  private readonly onError = (): void => {
    this.socket.destroy();
  };

  private readonly onClose = (): void => {
    this.isGone = true;
    this.front.forget(this);
  };

  private resume(options: { mayHold: boolean }): void {
    const bytes = this.stash;
    this.stash = NOTHING;
    this.isWaiting = false;
    if (!this.isGone) this.process(bytes, options);
  }

  private process(bytes: Buffer, { mayHold }: { mayHold: boolean }): void {
    const { front } = this;
    const now = new Date();
    const tail = front.tail(now.getTime());
    let at = 0;
    let out = '';
    for (let mayWait = mayHold; at < bytes.length; mayWait = true) {
      const verdict = front.polls.ask(bytes, at, { now, tail, mayHold: mayWait && !front.isClosing });
      if (verdict !== 'answer') {
        this.write(out);
        return this.defer(verdict, bytes.subarray(at), now);
      }
      front.answered(front.polls, now.getTime());
      out += front.polls.text;
      at = front.polls.end;
    }
    this.write(out);
    if (front.isClosing) this.socket.end();
  }

  private defer(verdict: 'hold' | 'sign' | 'pass', rest: Buffer, now: Date): void {
    if (verdict === 'pass') return this.passOn(rest);
    const { front } = this;
    this.isWaiting = true;
    this.stash = rest;
    if (verdict === 'hold') {
      this.device = front.polls.device;
      this.epoch = front.polls.epoch;
      this.state = front.polls.state;
      front.hold(this, now.getTime());
    } else {
      front.polls.sign().then(
        () => this.resume({ mayHold: true }),
        () => this.giveUp(),
      );
    }
  }

  /** What could not be signed here is told in words by the general way. */
  private giveUp(): void {
    const bytes = this.stash;
    this.isWaiting = false;
    if (!this.isGone) this.passOn(bytes);
  }

  private write(text: string): void {
    if (text === '' || this.socket.write(text, 'latin1')) return;
    // A device that does not read its answers is not read any more.
    this.socket.pause();
    this.socket.once('drain', () => this.socket.resume());
  }

  /** Gives the connection to Node's HTTP server, with the bytes that were read and not answered. */
  private passOn(rest: Buffer): void {
    const { socket } = this;
    socket.pause();
    socket.off('data', this.onData).off('end', this.onEnd).off('error', this.onError).off('close', this.onClose);
    this.front.forget(this);
    socket.unshift(rest);
    this.front.passOn(socket);
    socket.resume();
  }
}
