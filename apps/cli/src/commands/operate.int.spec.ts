import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { jest } from '@jest/globals';
import { CliError } from '../failures/cli-error.js';
import { createProgram } from '../program.js';

interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly ifMatch: string | undefined;
}

/** By method and path, the answers to one request after the other; the last one stays. */
const answers = new Map<string, Answer[]>();
const asked: Asked[] = [];
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    asked.push({ method, url, body, ifMatch: headers['if-match'] });
    const queue = answers.get(`${method} ${url.split('?')[0] ?? ''}`) ?? [];
    const answer = (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 404, body: {} };
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    const type = typeof answer.body === 'string' ? 'application/x-ndjson' : 'application/json';
    response.writeHead(answer.status ?? 200, { 'content-type': type, ...answer.headers }).end(text);
  });
});

let folder = '';
let written = '';
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-cli-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  answers.clear();
  asked.length = 0;
  written = '';
  process.env['KERNELCAST_API_KEY'] = `kc_${'A'.repeat(43)}`;
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
});
afterEach(() => {
  delete process.env['KERNELCAST_API_KEY'];
  jest.restoreAllMocks();
});

const run = async (...args: string[]): Promise<string> => {
  const { port } = server.address() as AddressInfo;
  await createProgram().parseAsync(['node', 'kernelcast', ...args, '--server', `http://127.0.0.1:${port}`]);
  return written.trim();
};

const verified = { intact: true, entries: 7, lastSeq: 9, lastHash: 'a'.repeat(64), checkpoints: 2, broken: null };

describe('kernelcast audit', () => {
  it('says that the log is whole, and asks for a checkpoint that was kept elsewhere', async () => {
    answers.set('GET /v1/audit-events/verify', [{ body: verified }]);
    expect(await run('audit', 'verify')).toContain('intact: 7 entries, 2 checkpoints; the last entry is 9');
    const file = path.join(folder, 'checkpoint.json');
    const statement = { protected: 'a', payload: 'b', signature: 'c' };
    const kept = { seq: 5, hash: 'b'.repeat(64), entries: 4, signedAt: new Date(0).toISOString(), kid: 'k', statement };
    writeFileSync(file, JSON.stringify(kept));
    await run('audit', 'verify', '--checkpoint', file);
    expect(asked.at(-1)?.url).toBe(`/v1/audit-events/verify?seq=5&hash=${kept.hash}`);
  });

  it('fails for a log that was tampered with, and names the entry', async () => {
    const broken = { seq: 4, reason: 'hash_mismatch', detail: 'It was changed' };
    answers.set('GET /v1/audit-events/verify', [{ body: { ...verified, intact: false, broken } }]);
    const failure = run('audit', 'verify');
    await expect(failure).rejects.toBeInstanceOf(CliError);
    await expect(failure).rejects.toThrow('broken at entry 4');
  });

  it('writes an export to a file as it comes', async () => {
    answers.set('GET /v1/audit-events/export', [{ body: '{"seq":1}\n{"seq":2}\n' }]);
    const file = path.join(folder, 'audit.ndjson');
    await run('audit', 'export', '--action', 'task.*', '--output', file);
    expect(readFileSync(file, 'utf8')).toBe('{"seq":1}\n{"seq":2}\n');
    expect(asked.at(-1)?.url).toBe('/v1/audit-events/export?action=task.*');
  });
});

describe('kernelcast gc', () => {
  const count = { objects: 3, bytes: 80 };
  const report = { seen: count, candidates: count, removed: count, spared: count, unknown: count, examples: [] };
  const queued = { id: 'gc_1', state: 'queued', dryRun: true, report: null, error: null };

  it('waits for the end and tells what was found', async () => {
    answers.set('POST /v1/garbage-collections', [{ status: 202, body: queued }]);
    answers.set('GET /v1/garbage-collections/gc_1', [{ body: { ...queued, state: 'done', report } }]);
    expect(await run('gc', '--dry-run', '--min-age', '2h')).toContain('Nothing refers to 3 objects, 80 B');
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ dryRun: true, minAgeSeconds: 7200 });
  });
});

describe('kernelcast webhooks', () => {
  it('changes a webhook only as it was seen', async () => {
    const webhook = { id: 'whk_1', enabled: false, disabledReason: 'requested', failingSince: null };
    answers.set('GET /v1/webhooks/whk_1', [{ body: webhook, headers: { etag: '"seen"' } }]);
    answers.set('PATCH /v1/webhooks/whk_1', [{ body: { ...webhook, enabled: true } }]);
    expect(await run('webhooks', 'enable', 'whk_1')).toBe('whk_1 is enabled.');
    expect(asked.at(-1)).toMatchObject({ method: 'PATCH', body: '{"enabled":true}', ifMatch: '"seen"' });
  });

  it('shows the secret of a new one', async () => {
    answers.set('POST /v1/webhooks', [{ status: 201, body: { id: 'whk_1', secret: 'whsec_x', publicKey: null } }]);
    const url = 'https://example.com/';
    expect(await run('webhooks', 'create', url, '-e', 'alias.moved,device.revoked')).toBe('whsec_x');
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ url, eventTypes: ['alias.moved', 'device.revoked'] });
  });
});

describe('kernelcast users', () => {
  const user = { id: 'usr_1', email: 'ada@example.org', name: 'Ada', installationAdmin: false, memberships: [] };

  it('shows the token of a new one, and asks for the roles that were given', async () => {
    const passwordReset = { token: 'tok_x', expiresAt: new Date(0).toISOString() };
    answers.set('POST /v1/users', [{ status: 201, body: { ...user, passwordReset } }]);
    expect(await run('users', 'create', user.email, '-r', 'default=approver', '-r', 'vision=trainer')).toContain(
      'tok_x',
    );
    expect(JSON.parse(asked[0]?.body ?? '')).toMatchObject({
      name: user.email,
      memberships: [
        { project: 'default', role: 'approver' },
        { project: 'vision', role: 'trainer' },
      ],
    });
  });

  it('finds one by email, and says who is not there', async () => {
    answers.set('GET /v1/users', [
      { body: { data: [user], nextCursor: null } },
      { body: { data: [], nextCursor: null } },
    ]);
    answers.set('PATCH /v1/users/usr_1', [{ body: user }]);
    expect(await run('users', 'disable', user.email)).toBe('ada@example.org is disabled.');
    expect(asked.at(-1)).toMatchObject({ method: 'PATCH', body: '{"disabled":true}' });
    await expect(run('users', 'disable', 'eve@example.org')).rejects.toThrow('There is no user eve@example.org');
  });
});

describe('kernelcast modulators', () => {
  const side = { modulatorId: 'mod_1', taskName: 'fruit', method: 'km', state: 'registered' };
  const [from, to] = [1, 2].map((version) => ({ ...side, id: `mdv_${version}`, version }));

  it('compares two versions: what was mended, what was spoilt, and where', async () => {
    answers.set('GET /v1/modulator-versions/mdv_1', [{ body: from }]);
    answers.set('GET /v1/modulator-versions/mdv_2', [{ body: to }]);
    const flip = { image: 'a'.repeat(32), label: 'pear', from: { label: 'pear', probability: 0.6 } };
    const comparison = {
      ...{ from, to, sameBase: true, sameDatasetVersion: false, parametersDifference: 0, bytesDifference: -20 },
      top1: { from: 0.9, to: 0.925, difference: 0.025 },
      perClass: [{ label: 'pear', from: { accuracy: 1, images: 4 }, to: null, difference: null }],
      predictions: {
        ...{ shared: 40, onlyFromRight: 1, onlyToRight: 2, flipped: 3, midP: 0.625 },
        flips: [{ ...flip, to: { label: 'apple', probability: 0.7 } }],
      },
      layers: [{ layer: 'conv1', from: 0.1, to: null }],
    };
    answers.set('GET /v1/modulators/mod_1/versions/1/compare', [{ body: comparison }]);
    const text = await run('modulators', 'compare', 'mdv_1', 'mdv_2');
    expect(asked.at(-1)?.url).toContain('to=mdv_2');
    for (const part of [
      '90.00 % → 92.50 % (+2.50 points)',
      '40 images of both: 2 mended, 1 spoilt, 3 flipped; McNemar p = 0.63',
      '20 B less',
      'different dataset versions',
      'pear 60 %',
      'conv1',
    ])
      expect(text).toContain(part);
  });

  it('prints a model card as it comes', async () => {
    answers.set('GET /v1/modulator-versions/mdv_1', [{ body: from }]);
    answers.set('GET /v1/modulators/mod_1/versions/1/card', [{ body: '# fruit, version 1\n' }]);
    expect(await run('modulators', 'card', 'mdv_1')).toBe('# fruit, version 1');
  });
});
