import { PollRequestReader } from './poll-request.js';

const LINES = ['GET /device/v1/manifest HTTP/1.1', 'Host: d', 'Authorization: Bearer x', 'If-None-Match: "t"'];
const requestOf = (lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
const withLine = (...more: string[]) => requestOf([...LINES, ...more]);
const reader = new PollRequestReader();
const reads = (bytes: Buffer) => reader.read(bytes, 0);

describe('PollRequestReader', () => {
  it('finds credential and tag, whatever the case, the order and the spaces of its headers', () => {
    const lines = [
      'AUTHORIZATION:   Bearer x  ',
      'user-agent: a/1 (b; c)',
      'if-none-match:"t"',
      'hOST: d',
      'x-forwarded-for: 1',
    ];
    const bytes = requestOf([LINES[0] ?? '', ...lines]);
    expect(reads(bytes)).toBe(true);
    expect(bytes.toString('latin1', reader.authorizationStart, reader.authorizationEnd)).toBe('Bearer x');
    expect(bytes.toString('latin1', reader.tagStart, reader.tagEnd)).toBe('"t"');
    expect([reader.end, reader.waitSeconds]).toEqual([bytes.length, 0]);
  });

  it('reads one request after the other, each by its own headers alone', () => {
    const plain = requestOf(LINES.slice(0, 3));
    const bytes = Buffer.concat([withLine('Connection: Keep-Alive'), plain]);
    expect(reads(bytes)).toBe(true);
    expect(reader.read(bytes, reader.end)).toBe(true);
    expect([reader.end, reader.tagEnd - reader.tagStart]).toEqual([bytes.length, 0]);
  });

  it.each([
    ['?wait=0', 0],
    ['?wait=60', 60],
    ['?wait=07', 7],
  ])('understands %s', (query, seconds) => {
    expect(reads(requestOf([`GET /device/v1/manifest${query} HTTP/1.1`, ...LINES.slice(1)]))).toBe(true);
    expect(reader.waitSeconds).toBe(seconds);
  });

  it.each(['?wait=61', '?wait=', '?wait=600', '?wait=-1', '?wait=1&wait=2', '?a=1', '/', '?', '%20', ' '])(
    'leaves a target that ends with %p to others',
    (query) => {
      expect(reads(requestOf([`GET /device/v1/manifest${query} HTTP/1.1`, ...LINES.slice(1)]))).toBe(false);
    },
  );

  it.each([
    ['a body by length', withLine('Content-Length: 0')],
    ['a body in chunks', withLine('Transfer-Encoding: chunked')],
    ['another method', requestOf(['HEAD /device/v1/manifest HTTP/1.1', ...LINES.slice(1)])],
    ['another version', requestOf(['GET /device/v1/manifest HTTP/1.0', ...LINES.slice(1)])],
    ['two credentials', withLine('authorization: Bearer y')],
    ['two tags', withLine('If-None-Match: "u"')],
    ['two hosts', withLine('Host: e')],
    ['no host', requestOf([...LINES.slice(0, 1), ...LINES.slice(2)])],
    ['no credential', requestOf([...LINES.slice(0, 2), ...LINES.slice(3)])],
    ['an end of the connection', withLine('Connection: close')],
    ['an upgrade', withLine('Connection: keep-alive, Upgrade', 'Upgrade: h2c')],
    ['an expectation', withLine('Expect: 100-continue')],
    ['a space before the colon', withLine('X-A : b')],
    ['a folded line', withLine('X-A: b', ' c')],
    ['a name with an underscore', withLine('Content_Length: 1')],
    ['a line without a colon', withLine('rubbish')],
    ['a lone line feed', Buffer.from(withLine('X-A: b').toString('latin1').replace('b\r\n', 'b\n'), 'latin1')],
    ['a lone carriage return', withLine('X-A: b\rContent-Length: 1')],
    ['a line feed within a value', withLine('X-A: b\nContent-Length: 1')],
    ['a byte beyond ASCII', withLine('X-A: \xe9')],
    ['a zero byte', withLine('X-A: \0')],
    ['an empty line first', Buffer.concat([Buffer.from('\r\n'), requestOf(LINES)])],
    ['too many headers', withLine(...Array.from({ length: 70 }, (_, i) => `X-${i}: b`))],
    ['a head that is too long', withLine(`X-A: ${'b'.repeat(5_000)}`, 'X-B: c')],
  ])('leaves a request with %s to others', (_, bytes) => {
    expect(reads(bytes)).toBe(false);
  });

  it('leaves every part of a request to others, and no more than the request is its end', () => {
    const whole = requestOf(LINES);
    for (let length = 0; length < whole.length; length++) expect(reads(whole.subarray(0, length))).toBe(false);
    expect(reads(Buffer.concat([whole, Buffer.from('GET')]))).toBe(true);
    expect(reader.end).toBe(whole.length);
  });
});
