import { deviceRoutes } from '@kernelcast/contracts';

const CR = 13;
const LF = 10;
const SPACE = 32;
const COLON = 58;
const QUESTION = 63;
const ZERO = 48;
const NINE = 57;
const MOST_HEADERS = 64;
/** Bytes; a poll with a proxy's headers has less than half of it. */
const LONGEST_HEAD = 4_096;
/** Seconds; the contract refuses more, and says so. */
const LONGEST_WAIT = 60;

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const TARGET = ascii(`GET ${deviceRoutes.getManifest.path}`);
const WAIT = ascii('wait=');
const VERSION = ascii(' HTTP/1.1\r\n');
const KEEP_ALIVE = ascii('keep-alive');
const HOST = ascii('host');
const AUTHORIZATION = ascii('authorization');
const IF_NONE_MATCH = ascii('if-none-match');
const CONNECTION = ascii('connection');
/** Headers that say where a message ends, change the connection, or ask for what is not answered here. */
const NOT_HERE = [
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'keep-alive',
  'proxy-connection',
  'content-type',
  'content-encoding',
  'http2-settings',
  'range',
  'if-match',
  'if-range',
  'if-modified-since',
  'if-unmodified-since',
  'x-http-method-override',
].map(ascii);

/** A character of a header's name, in lower case; 0 for all others, those that RFC 9110 allows and nobody uses among them. */
const NAME = new Uint8Array(256);
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789-') {
  NAME[character.charCodeAt(0)] = character.charCodeAt(0);
  NAME[character.toUpperCase().charCodeAt(0)] = character.charCodeAt(0);
}

/**
 * Recognises a poll, `GET /device/v1/manifest` with or without `?wait=`, in the bytes of a connection: strictly, so that
 * nothing is taken for a poll that another HTTP parser would read as something else or cut elsewhere (RFC 9112 section
 * 11.2, request smuggling). Whatever is odd, incomplete, long, or has a body is not recognised, and is for the parser
 * of Node. One reader serves all connections: its fields are those of the last request.
 */
export class PollRequestReader {
  /** Where the request ends and the next may begin. */
  end = 0;
  waitSeconds = 0;
  authorizationStart = 0;
  authorizationEnd = 0;
  /** Of `If-None-Match`; equal when there is none. */
  tagStart = 0;
  tagEnd = 0;
  private hasHost = false;
  private hasConnection = false;

  /** @returns whether a whole poll begins at `start` */
  read(bytes: Buffer, start: number): boolean {
    this.forget();
    let at = this.requestLine(bytes, start);
    for (let count = 0; at > 0 && count <= MOST_HEADERS && at - start < LONGEST_HEAD; count++) {
      if (bytes[at] === CR) {
        this.end = at + 2;
        return bytes[at + 1] === LF && this.hasHost && this.authorizationEnd > 0;
      }
      at = this.header(bytes, at);
    }
    return false;
  }

  private forget(): void {
    this.waitSeconds = 0;
    this.authorizationStart = this.authorizationEnd = 0;
    this.tagStart = this.tagEnd = 0;
    this.hasHost = this.hasConnection = false;
  }

  /** @returns where the headers begin, 0 when it is another request */
  private requestLine(bytes: Buffer, start: number): number {
    if (!startsWith(bytes, start, TARGET)) return 0;
    let at = start + TARGET.length;
    if (bytes[at] === QUESTION) {
      if (!startsWith(bytes, ++at, WAIT)) return 0;
      at += WAIT.length;
      const first = at;
      for (; isDigit(bytes[at]); at++) this.waitSeconds = this.waitSeconds * 10 + (bytes[at] ?? ZERO) - ZERO;
      const digits = at - first;
      if (digits < 1 || digits > 2 || this.waitSeconds > LONGEST_WAIT) return 0;
    }
    return startsWith(bytes, at, VERSION) ? at + VERSION.length : 0;
  }

  /** @returns where the next line begins, 0 when the line is not for us */
  private header(bytes: Buffer, start: number): number {
    let at = start;
    while ((NAME[bytes[at] ?? 0] ?? 0) !== 0) at++;
    const nameEnd = at;
    if (nameEnd === start || bytes[at++] !== COLON) return 0;
    while (bytes[at] === SPACE) at++;
    const valueStart = at;
    while (isVisible(bytes[at])) at++;
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return 0;
    let valueEnd = at;
    while (valueEnd > valueStart && bytes[valueEnd - 1] === SPACE) valueEnd--;
    return this.take(bytes, start, nameEnd, valueStart, valueEnd) ? at + 2 : 0;
  }

  private take(bytes: Buffer, nameStart: number, nameEnd: number, start: number, end: number): boolean {
    const isNamed = (name: Buffer): boolean => isName(bytes, nameStart, nameEnd, name);
    if (isNamed(AUTHORIZATION)) {
      if (this.authorizationEnd > 0) return false;
      this.authorizationStart = start;
      this.authorizationEnd = end;
      return true;
    }
    if (isNamed(IF_NONE_MATCH)) {
      if (this.tagEnd > 0) return false;
      this.tagStart = start;
      this.tagEnd = end;
      return end > start;
    }
    if (isNamed(HOST)) {
      if (this.hasHost) return false;
      this.hasHost = true;
      return end > start;
    }
    if (isNamed(CONNECTION)) {
      if (this.hasConnection) return false;
      this.hasConnection = true;
      return isName(bytes, start, end, KEEP_ALIVE);
    }
    return !NOT_HERE.some(isNamed);
  }
}

function startsWith(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

/** Whether the bytes are this name (in lower case), whatever case they are in. */
function isName(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (NAME[bytes[start + i] ?? 0] !== name[i]) return false;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** Printable ASCII and the space: what values may hold besides is left to Node's parser. */
function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && byte >= SPACE && byte < 127;
}
