import http, { type RequestListener } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import { networksOf } from './addresses.js';
import { checkedLookup } from './checked-lookup.js';
import { post, type PostOptions } from './post.js';

let handler: RequestListener;
let requests = 0;
const server = http.createServer((request, response) => {
  requests += 1;
  handler(request, response);
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  requests = 0;
});

const local = networksOf(['127.0.0.1/32']);
const nothing = networksOf([]);
const send = (host: string, { allowed = local, ...options }: Partial<PostOptions> & { allowed?: typeof local } = {}) =>
  post(
    { url: `http://${host}:${port}/hook`, headers: { 'content-type': 'application/json' }, body: '{"a":1}' },
    { rules: { allowHttp: true, ports: new Set([port]), allowedNetworks: allowed }, ...options },
  );
const resolvingTo = (...answers: string[][]) => {
  const asked: string[] = [];
  const resolve = (host: string, _: unknown, done: (error: null, addresses: LookupAddress[]) => void): void => {
    const addresses = answers[Math.min(asked.push(host), answers.length) - 1] ?? [];
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, resolve };
};

describe('post', () => {
  it('sends the body and gives status, head and beginning of the answer', async () => {
    let got = '';
    handler = (request, response) => {
      request.on('data', (chunk: Buffer) => (got += chunk.toString()));
      request.on('end', () => response.writeHead(202, { 'x-kind': 'test' }).end('thanks'));
    };
    const answer = await send('127.0.0.1');
    expect(answer).toMatchObject({ status: 202, body: 'thanks', headers: { 'x-kind': 'test' } });
    expect(got).toBe('{"a":1}');
  });

  it('follows no redirect', async () => {
    handler = (_, response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    expect((await send('127.0.0.1')).status).toBe(307);
    expect(requests).toBe(1);
  });

  it('reads no more of an endless answer than it keeps', async () => {
    handler = (_, response) => {
      const more = (): void => void (response.writable && response.write('x'.repeat(10_000), more));
      response.on('error', () => undefined);
      more();
    };
    expect((await send('127.0.0.1')).body).toHaveLength(16_384);
  });

  it('refuses an answer with an endless head', async () => {
    handler = (_, response) => response.writeHead(200, { 'x-long': 'x'.repeat(9000) }).end();
    await expect(send('127.0.0.1')).rejects.toMatchObject({ code: 'HPE_HEADER_OVERFLOW' });
  });

  it('gives up a receiver that does not answer in time, and when the service stops', async () => {
    handler = () => undefined;
    await expect(send('127.0.0.1', { timeoutMs: 50 })).rejects.toMatchObject({ name: 'AbortError' });
    const stopping = new AbortController();
    const sending = send('127.0.0.1', { signal: stopping.signal });
    stopping.abort();
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' });
  });

  it.each(['127.0.0.1', 'localhost', '0x7f.1', '[::1]'])('reaches %s only when that is allowed', async (host) => {
    await expect(send(host, { allowed: nothing })).rejects.toMatchObject({ code: 'address_refused' });
    expect(requests).toBe(0);
  });

  it('refuses a name of which one address is private', async () => {
    const { resolve } = resolvingTo(['8.8.8.8', '10.0.0.1']);
    const lookup = checkedLookup(nothing, resolve);
    await expect(send('mixed.test', { allowed: nothing, lookup })).rejects.toMatchObject({ code: 'address_refused' });
  });

  it('connects to the address that it checked, though the name leads elsewhere a moment later', async () => {
    handler = (_, response) => response.writeHead(204).end();
    const { asked, resolve } = resolvingTo(['127.0.0.1'], ['10.0.0.1']);
    expect((await send('rebinding.test', { lookup: checkedLookup(local, resolve) })).status).toBe(204);
    expect(asked).toEqual(['rebinding.test']);
  });

  it('drops a connection that leads to a forbidden address, whoever resolved it', async () => {
    handler = (_, response) => response.writeHead(204).end();
    const unchecked: LookupFunction = (_host, options, done) =>
      options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);
    await expect(send('unchecked.test', { allowed: nothing, lookup: unchecked })).rejects.toMatchObject({
      code: 'address_refused',
    });
  });
});
