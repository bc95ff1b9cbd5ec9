import http from 'node:http';
import https from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { problemSchema } from '@kernelcast/contracts';
import { retryAfterOf } from './retry-after.js';

/** Until the answer is whole. */
const TIMEOUT_MS = 60_000;
const FIRST_FAILURE = 400;
/** Of a request that may be repeated; several idle connections may have been closed at once. */
const MAX_ATTEMPTS = 3;

export interface LineRequest {
  /** Below the server's address; or an address of its own, where the server sends to one. */
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
  /** An answer of more bytes is cut off. */
  readonly limit: number;
  /** Whether doing it twice is doing it once. */
  readonly repeatable?: boolean;
}

export interface LineAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type SentRequest = Omit<http.RequestOptions, 'agent'> & { body: string | undefined; limit: number };

/** A request that was not answered, or not by success. */
export class LineError extends Error {
  /** Whether the connection had been used before, so that the server may just have closed it as idle. */
  onOldConnection = false;

  constructor(
    /** `network_<errno>`, the problem's code, or `http_<status>`. */
    readonly code: string,
    /** 0 when there was no answer. */
    readonly status: number,
    readonly retryAfterSeconds?: number,
    options?: ErrorOptions,
  ) {
    super(code, options);
    this.name = 'LineError';
  }

  /** The server asks for patience; nothing is wrong with the request. */
  get deferred(): boolean {
    return this.status === 429 || this.status === 503;
  }
}

/** All devices' connections to the server: kept alive, shared, and counted in bytes on the wire. */
export class HttpLine {
  private readonly agents: Readonly<Record<string, http.Agent>>;
  private readonly base: URL;
  private readonly sockets = new Set<Socket>();
  /** Requests sent anew since the idle connection they were sent on had just been closed. */
  reconnects = 0;
  private closedRead = 0;
  private closedWritten = 0;

  /** @param server base URL of the delivery service */
  constructor(server: string, connections: number) {
    this.base = new URL(server.endsWith('/') ? server : `${server}/`);
    const pool = { keepAlive: true, maxSockets: connections };
    this.agents = { 'http:': new http.Agent(pool), 'https:': new https.Agent(pool) };
  }

  /** Bytes received and sent, headers included. */
  get traffic(): { received: number; sent: number } {
    let [received, sent] = [this.closedRead, this.closedWritten];
    for (const socket of this.sockets) {
      received += socket.bytesRead;
      sent += socket.bytesWritten;
    }
    return { received, sent };
  }

  /** @throws LineError for anything but a status below 400 */
  async request(request: LineRequest): Promise<LineAnswer> {
    const { method = 'GET', repeatable = method === 'GET' } = request;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.exchange(request);
        if (answer.status >= FIRST_FAILURE) throw refusalOf(answer);
        return answer;
      } catch (error) {
        // A server may close an idle connection just as it is used again (RFC 9112, section 9.3.1).
        const repeats = repeatable && error instanceof LineError && error.onOldConnection;
        if (!repeats || attempt === MAX_ATTEMPTS) throw error;
        this.reconnects += 1;
      }
    }
  }

  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private exchange({ path, method = 'GET', headers = {}, json, limit }: LineRequest): Promise<LineAnswer> {
    const body = json === undefined ? undefined : JSON.stringify(json);
    return this.send(new URL(path.replace(/^\//, ''), this.base), {
      method,
      headers: {
        ...headers,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
      },
      body,
      limit,
    });
  }

  private send(url: URL, { body, limit, ...options }: SentRequest): Promise<LineAnswer> {
    const open = url.protocol === 'https:' ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const request = open(url, { agent: this.agents[url.protocol], timeout: TIMEOUT_MS, ...options });
      const fail = (error: unknown): void => {
        const errno = errnoOf(error);
        const line = new LineError(`network_${errno}`, 0, undefined, { cause: error });
        line.onOldConnection = request.reusedSocket && errno === 'econnreset';
        reject(line);
      };
      request.once('socket', (socket) => this.watch(socket));
      request.once('timeout', () =>
        request.destroy(Object.assign(new Error('no answer in time'), { code: 'TIMEOUT' })),
      );
      request.once('error', fail);
      request.once('response', (response) => collect(response, limit).then(resolve, fail));
      request.end(body);
    });
  }

  private watch(socket: Socket): void {
    if (this.sockets.has(socket)) return;
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.closedRead += socket.bytesRead;
      this.closedWritten += socket.bytesWritten;
    });
  }
}

async function collect(response: IncomingMessage, limit: number): Promise<LineAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > limit) {
      response.destroy();
      throw Object.assign(new Error(`more than ${limit} bytes`), { code: 'TOO_LONG' });
    }
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) };
}

function refusalOf({ status, headers, body }: LineAnswer): LineError {
  let code = `http_${status}`;
  try {
    code = problemSchema.shape.code.parse((JSON.parse(body.toString()) as { code: unknown }).code);
  } catch {
    // Not a problem document: the status says what there is to say.
  }
  return new LineError(code, status, retryAfterOf(headers['retry-after']));
}

function errnoOf(error: unknown): string {
  const { code }: { code?: unknown } = Object(error);
  return typeof code === 'string' ? code.toLowerCase() : 'error';
}
