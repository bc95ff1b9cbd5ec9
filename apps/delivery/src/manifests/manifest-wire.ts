import { POLL_AFTER_HEADER } from '@kernelcast/contracts';
import type { FlattenedJws } from '@kernelcast/contracts';

const CRLF = '\r\n';

/** The answers to polls that a manifest has, as text ready to be written: all but what differs from poll to poll. */
export class ManifestWire {
  readonly etag: Buffer;
  private readonly notModifiedHead: string;
  private readonly okHead: string;
  private readonly body: string;

  constructor(jws: FlattenedJws, etag: string) {
    this.etag = Buffer.from(etag, 'latin1');
    // Base64url and quotes alone: as many characters as bytes.
    this.body = JSON.stringify(jws);
    const common = `etag: ${etag}${CRLF}cache-control: private, no-cache${CRLF}`;
    const rest = `${common}${POLL_AFTER_HEADER}: `;
    this.notModifiedHead = `HTTP/1.1 304 Not Modified${CRLF}${rest}`;
    const content = `content-type: application/json; charset=utf-8${CRLF}content-length: ${this.body.length}${CRLF}`;
    this.okHead = `HTTP/1.1 200 OK${CRLF}${content}${rest}`;
  }

  /** @param tail whole header lines that end the head, the empty line included */
  notModified(pollAfterSeconds: number, tail: string): string {
    return this.notModifiedHead + pollAfterSeconds + CRLF + tail;
  }

  ok(pollAfterSeconds: number, tail: string): string {
    return this.okHead + pollAfterSeconds + CRLF + tail + this.body;
  }
}
