import { Injectable } from '@nestjs/common';
import { Credentials } from '../credentials/credentials.js';
import { DeviceRecogniser } from '../credentials/device-recogniser.js';
import { NO_ROW } from '../fleet/device-table.js';
import { FleetState } from '../fleet/fleet-state.js';
import type { KnownDevice } from '../fleet/fleet-state.js';
import { NOTHING_DESIRED } from '../fleet/fleet.types.js';
import { Manifests } from '../manifests/manifests.js';
import { PollTiming } from '../manifests/poll-timing.js';
import { PollRequestReader } from './poll-request.js';

const QUOTE = 34;
const COMMA = 44;
const OVERLOADED = JSON.stringify({
  type: 'about:blank',
  title: 'Service unavailable',
  status: 503,
  detail: 'Too much to do at the moment.',
  code: 'service_unavailable',
});

/**
 * What is to be done about the bytes of a connection: `answer` them; `hold` the poll, for there is nothing new; `sign`
 * the manifest first; or `pass` them on to Node's HTTP server.
 */
type FrontVerdict = 'answer' | 'hold' | 'sign' | 'pass';

interface Asking {
  readonly now: Date;
  /** Header lines that end the head of the answer, the empty line included. */
  readonly tail: string;
  /** Whether a poll that may wait is held: not when it has waited already. */
  readonly mayHold: boolean;
}

/**
 * Answers polls from their bytes and the fleet in memory. One for all connections: its fields are those of the last
 * poll it was asked about.
 */
@Injectable()
export class FrontPolls {
  /** The answer, without the lines that end its head. */
  status: 200 | 304 | 503 = 304;
  text = '';
  /** Of the request, once it is known to be a poll. */
  end = 0;
  waitSeconds = 0;
  row = NO_ROW;
  epoch = 0;
  state = NOTHING_DESIRED;
  private readonly reader = new PollRequestReader();
  private readonly recogniser: DeviceRecogniser;

  constructor(
    private readonly fleet: FleetState,
    private readonly manifests: Manifests,
    private readonly timing: PollTiming,
    credentials: Credentials,
  ) {
    this.recogniser = new DeviceRecogniser(credentials, fleet);
  }

  /** What to do about the bytes from `start` on. */
  ask(bytes: Buffer, start: number, { now, tail, mayHold }: Asking): FrontVerdict {
    const { reader, recogniser } = this;
    if (!reader.read(bytes, start)) return 'pass';
    const row = recogniser.recognise(bytes, reader.authorizationStart, reader.authorizationEnd, now);
    if (row === NO_ROW) return 'pass';
    this.row = row;
    this.epoch = recogniser.epoch;
    this.end = reader.end;
    this.waitSeconds = reader.waitSeconds;
    if (this.timing.isOverloaded) return this.refuse(tail);
    const state = (this.state = this.fleet.desiredAt(row));
    const manifest = this.manifests.ready(state, now);
    if (manifest === undefined) return 'sign';
    const isSame = this.isTag(bytes, manifest.wire.etag);
    if (!isSame && !this.isPlainTag(bytes)) return 'pass';
    if (isSame && mayHold && this.waitSeconds > 0) return 'hold';
    const pollAfter = this.timing.pollAfterAt(row, now.getTime());
    this.status = isSame ? 304 : 200;
    this.text = isSame ? manifest.wire.notModified(pollAfter, tail) : manifest.wire.ok(pollAfter, tail);
    return 'answer';
  }

  /** The device of the last poll. */
  get device(): KnownDevice {
    return { id: this.fleet.rows.idOf(this.row) };
  }

  /** Signs what the last poll asked for. */
  async sign(): Promise<void> {
    await this.manifests.current(this.fleet.desiredAt(this.row), new Date());
  }

  private refuse(tail: string): FrontVerdict {
    const retryAfter = `retry-after: ${this.timing.retryAfterAt(this.row)}\r\n`;
    const content = `content-type: application/problem+json\r\ncontent-length: ${OVERLOADED.length}\r\n`;
    this.status = 503;
    this.text = `HTTP/1.1 503 Service Unavailable\r\n${retryAfter}${content}${tail}${OVERLOADED}`;
    return 'answer';
  }

  private isTag(bytes: Buffer, etag: Buffer): boolean {
    const { tagStart, tagEnd } = this.reader;
    if (tagEnd - tagStart !== etag.length) return false;
    for (let i = 0; i < etag.length; i++) if (bytes[tagStart + i] !== etag[i]) return false;
    return true;
  }

  /** No tag, or a single strong one: lists, weak tags and `*` are for the general rule. */
  private isPlainTag(bytes: Buffer): boolean {
    const { tagStart, tagEnd } = this.reader;
    if (tagEnd === tagStart) return true;
    if (bytes[tagStart] !== QUOTE || bytes[tagEnd - 1] !== QUOTE || tagEnd - tagStart < 2) return false;
    for (let i = tagStart + 1; i < tagEnd - 1; i++) if (bytes[i] === QUOTE || bytes[i] === COMMA) return false;
    return true;
  }
}
