import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { hostOf, urlFault, type AddressRules } from './address-rules.js';
import { isAddressAllowed } from './addresses.js';
import { AddressRefusedError, checkedLookup } from './checked-lookup.js';

/** The specification advises 15 to 30 seconds for a whole request. */
const TIMEOUT_MS = 20_000;
/** An answer is read this far, since nothing but its status counts; what is kept of it is shorter still. */
const MAX_ANSWER_BYTES = 16_384;
const MAX_HEADER_BYTES = 8_192;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body. */
  readonly body: string;
}

export interface PostOptions {
  readonly rules: AddressRules;
  /** Ends the request when the service stops. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly lookup?: ReturnType<typeof checkedLookup>;
}

/**
 * Posts to an address that somebody else chose: only where the rules allow, checked anew at every connection, past no
 * redirect and no proxy, for a bounded time, reading a bounded answer.
 *
 * @throws AddressRefusedError before anything is sent; errors of the connection as they are
 */
export const post = async (request: PostRequest, { rules, signal, ...options }: PostOptions): Promise<PostAnswer> => {
  const fault = urlFault(request.url, rules);
  if (fault) throw new AddressRefusedError(`The address ${fault}`);
  const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const ended = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const answer = await open(request, { rules, signal: ended, lookup: options.lookup });
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await readBeginning(answer) };
};

const open = (
  { url: text, headers, body }: PostRequest,
  { rules, signal, lookup = checkedLookup(rules.allowedNetworks) }: PostOptions,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const url = new URL(text);
    const client = url.protocol === 'http:' ? http : https;
    const request = client.request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      lookup,
      signal,
      // A connection of its own for every request, so that none is used whose address was checked under older rules.
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
      ...(isIP(hostOf(url)) === 0 ? { servername: url.hostname } : {}),
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.on('socket', (socket) => {
      socket.on('connect', () => {
        // Whatever made the connection: where it leads must be where it may.
        if (isAddressAllowed(socket.remoteAddress ?? '', rules.allowedNetworks)) return;
        request.destroy(new AddressRefusedError('The connection leads to an address that is not public'));
      });
    });
    request.end(body);
  });

/** What arrives in time of the first bytes; an answer that breaks off still has its status. */
const readBeginning = async (answer: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, MAX_ANSWER_BYTES - size));
      size += chunk.length;
      if (size >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status has arrived, and it is what counts.
  }
  answer.destroy();
  return Buffer.concat(chunks).toString('utf8');
};
