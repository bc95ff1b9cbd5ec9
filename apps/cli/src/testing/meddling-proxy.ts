import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Meddling {
  /** Event streams that are cut after their first bytes. */
  cuts?: number;
  /** Answers `/version` with this, and knows no route of the API. */
  release?: string;
  /** Requests answered with 503 before any is let through. */
  busy?: number;
}

/** A proxy before a registry that does to its answers what networks and other releases do. */
export class MeddlingProxy {
  /** `Last-Event-ID` of each stream that was asked for. */
  readonly resumed: (string | undefined)[] = [];
  meddling: Meddling = {};

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<MeddlingProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const proxy = new MeddlingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (incoming, outgoing) => proxy.handle(target, incoming, outgoing));
    return proxy;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private handle(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { release, busy = 0 } = this.meddling;
    if (busy > 0) {
      this.meddling.busy = busy - 1;
      outgoing.writeHead(503, { 'retry-after': '0' }).end();
    } else if (release !== undefined) this.answerAsOther(release, incoming, outgoing);
    else this.forward(target, incoming, outgoing);
  }

  private answerAsOther(release: string, { url }: IncomingMessage, outgoing: ServerResponse): void {
    const known = url === '/version';
    const problem = {
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: 'No such route',
      code: 'not_found',
      requestId: '',
    };
    outgoing
      .writeHead(known ? 200 : 404, { 'content-type': known ? 'application/json' : 'application/problem+json' })
      .end(JSON.stringify(known ? { service: 'registry', version: release } : problem));
  }

  private forward(target: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, headers, url = '' } = incoming;
    const isStream = headers.accept === 'text/event-stream';
    if (isStream) this.resumed.push(headers['last-event-id'] as string | undefined);
    const upstream = request(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        outgoing.write(chunk);
        if (!isStream || !chunk.includes('data:') || !this.meddling.cuts) return;
        this.meddling.cuts -= 1;
        // After what was written has left.
        setImmediate(() => (outgoing.destroy(), upstream.destroy()));
      });
      answer.on('end', () => outgoing.end());
    });
    upstream.on('error', () => outgoing.destroy());
    outgoing.on('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }
}
