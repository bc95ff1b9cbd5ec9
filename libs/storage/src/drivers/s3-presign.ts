import { createHash, createHmac } from 'node:crypto';

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** The body of a GET has no say in its signature. */
const UNSIGNED = 'UNSIGNED-PAYLOAD';

interface PresignCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface PresignRequest {
  /** Address of the object, without a query. */
  readonly url: URL;
  readonly region: string;
  readonly credentials: PresignCredentials;
  readonly expiresInSeconds: number;
  readonly now: Date;
}

/**
 * URL by which anybody may GET an object of S3 until it expires: Signature Version 4 in the query, as "Authenticating
 * Requests: Using Query Parameters" of the S3 API reference says. Keys and hosts here need no percent-encoding.
 */
export const presignGet = ({ url, region, credentials, expiresInSeconds, now }: PresignRequest): string => {
  const time = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const scope = [time.slice(0, 8), region, 's3', 'aws4_request'];
  const parameters: [string, string][] = [
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', [credentials.accessKeyId, ...scope].join('/')],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(expiresInSeconds)],
    ...(credentials.sessionToken ? [['X-Amz-Security-Token', credentials.sessionToken] as [string, string]] : []),
    ['X-Amz-SignedHeaders', 'host'],
  ];
  const query = parameters.map(([name, value]) => `${name}=${encode(value)}`).join('&');
  const request = ['GET', url.pathname, query, `host:${url.host}`, '', 'host', UNSIGNED].join('\n');
  const toSign = [ALGORITHM, time, scope.join('/'), sha256(request)].join('\n');
  const start: Buffer = Buffer.from(`AWS4${credentials.secretAccessKey}`);
  const key = scope.reduce((secret, part) => hmac(secret, part), start);
  return `${url.href}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
};

/** RFC 3986: what `encodeURIComponent` leaves over is encoded as well. */
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
