import { createHmac } from 'node:crypto';
import http, { type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@kernelcast/testing';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** How a receiver answers: a status, or not at all. */
export type Reaction = number | 'never';

/** A server that webhooks are sent to, on the loopback interface. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  private readonly reactions = new Map<string, Reaction[]>();

  private constructor(
    private readonly server: http.Server,
    readonly port: number,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = http.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const receiver = new WebhookReceiver(server, (server.address() as AddressInfo).port);
    server.on('request', (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const path = request.url ?? '';
        receiver.received.push({ path, headers: request.headers, body });
        const reaction = receiver.next(path);
        if (reaction !== 'never') response.writeHead(reaction, { 'set-cookie': 'a=hidden' }).end('noted');
      });
    });
    return receiver;
  }

  /** Settings of a registry that may send here. */
  get environment(): Record<string, string> {
    return {
      KERNELCAST_WEBHOOK_ALLOW_HTTP: '1',
      KERNELCAST_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.1/32',
      KERNELCAST_WEBHOOK_PORTS: `443,${this.port}`,
    };
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Reactions to the next requests for a path; the last one stays. */
  react(path: string, ...reactions: Reaction[]): void {
    this.reactions.set(path, reactions);
  }

  /** Waits until a path has got so many requests, and gives them. */
  async got(path: string, count = 1): Promise<Received[]> {
    const ofPath = () => this.received.filter((request) => request.path === path);
    await waitFor(`${count} requests for ${path}`, () => ofPath().length >= count);
    return ofPath();
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private next(path: string): Reaction {
    const reactions = this.reactions.get(path) ?? [];
    return (reactions.length > 1 ? reactions.shift() : reactions[0]) ?? 204;
  }
}

/** The signature as a receiver computes it. */
export const expectedSignature = ({ headers, body }: Received, secret: string): string => {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
};
