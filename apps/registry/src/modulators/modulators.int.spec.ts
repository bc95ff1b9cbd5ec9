import type { Modulator, ModulatorVersion, Page, TrainingJob, TrustRoot } from '@kernelcast/contracts';
import { verifyStatement } from '@kernelcast/trust';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, finishJob, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let first: Awaited<ReturnType<typeof finishJob>>;
const artifact = Buffer.from('0123456789'.repeat(10));

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
  first = await finishJob(registry, ingredients, artifact);
});
afterAll(() => registry.close());

const path = (version: number, verb = '') => `/v1/modulators/${first.modulatorId}/versions/${version}${verb}`;
const trustRoot = async (): Promise<TrustRoot> => ({
  keys: await registry.database.prisma.signingKey.findMany({ select: { kid: true, role: true, publicKey: true } }),
});

describe('a modulator version', () => {
  it('is found by its number and by its id, and from its job', async () => {
    const { body } = await registry.get<ModulatorVersion>(path(1));
    expect(body).toMatchObject({
      id: first.id,
      taskName: 'pets',
      state: 'registered',
      statement: null,
      baseDigest: ingredients.base.digest,
      paramsRatio: 17 / ingredients.base.parameters,
    });
    expect((await registry.get(`/v1/modulator-versions/${first.id}`)).body).toEqual(body);
    const job = await registry.get<TrainingJob>(`/v1/training-jobs/${first.jobId}`);
    expect(job.body.result).toEqual({ modulatorVersion: first.id });
  });

  it('is listed with its modulator, newest first', async () => {
    await finishJob(registry, ingredients, Buffer.from('second'));
    const modulators = await registry.get<Page<Modulator>>('/v1/modulators?task=pets');
    expect(modulators.body.data).toMatchObject([{ id: first.modulatorId, taskName: 'pets', latestVersion: 2 }]);
    const page = await registry.get<Page<ModulatorVersion>>(`/v1/modulators/${first.modulatorId}/versions?limit=1`);
    expect(page.body.data.map(({ version }) => version)).toEqual([2]);
    const rest = await registry.get<Page<ModulatorVersion>>(
      `/v1/modulators/${first.modulatorId}/versions?after=${page.body.nextCursor}`,
    );
    expect(rest.body).toMatchObject({ data: [{ version: 1 }], nextCursor: null });
  });

  it('is approved once: the release key vouches for exactly this modulator, base, task and version', async () => {
    const { digest: modulatorDigest, version } = await finishJob(registry, ingredients, Buffer.from('to approve'));
    const key = await registry.keyOf('approver');
    const approved = await registry.post<ModulatorVersion>(path(version, '/approve'), { comment: 'good' }, { key });
    expect(approved).toMatchObject({ status: 200, body: { state: 'approved' } });
    const claims = { modulatorDigest, baseDigest: ingredients.base.digest, task: 'pets', version };
    await expect(verifyStatement(approved.body.statement, await trustRoot(), claims)).resolves.toBeDefined();
    const other = { ...claims, version: version + 1 };
    await expect(verifyStatement(approved.body.statement, await trustRoot(), other)).rejects.toThrow(
      'statement_mismatch',
    );
    for (const verb of ['/approve', '/reject']) {
      const again = await registry.post(path(version, verb), {}, { key });
      expect(problemOf(again)).toMatchObject({ status: 409, code: 'approval_forbidden' });
    }
  });

  it('that was rejected stays so', async () => {
    const { version } = await finishJob(registry, ingredients, Buffer.from('to reject'));
    expect((await registry.post(path(version, '/reject'), { comment: 'bad' })).body).toMatchObject({
      state: 'rejected',
    });
    expect(problemOf(await registry.post(path(version, '/approve'), {}))).toMatchObject({ code: 'approval_forbidden' });
  });

  it('is not approved by a trainer', async () => {
    const answer = await registry.post(path(1, '/approve'), {}, { key: await registry.keyOf('trainer') });
    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
  });

  it.each([
    ['GET', () => path(99)],
    ['GET', () => path(99, '/download')],
    ['GET', () => path(2 ** 40)],
    ['POST', () => path(99, '/approve')],
    ['GET', () => `/v1/modulator-versions/mdv_${'0'.repeat(26)}`],
    ['GET', () => `/v1/modulators/mod_${'0'.repeat(26)}/versions`],
  ])('that is not there: %s %s', async (method, target) => {
    const answer = await registry.call(method, target(), method === 'POST' ? { body: {} } : {});
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'modulator_not_found' });
  });
});

describe('the artifact', () => {
  const download = async (headers: Record<string, string> = {}) => {
    const response = await fetch(registry.url + path(1, '/download'), {
      headers: { authorization: `Bearer ${TestRegistry.adminKey}`, ...headers },
    });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  };

  it('is downloaded whole, under its digest', async () => {
    const { status, headers, bytes } = await download();
    expect(status).toBe(200);
    expect(bytes.equals(artifact)).toBe(true);
    expect(headers.get('etag')).toBe(`"${first.digest}"`);
    expect(headers.get('content-length')).toBe('100');
    expect(headers.get('content-type')).toBe('application/octet-stream');
  });

  it('is told of without being sent, by HEAD', async () => {
    const headers = { authorization: `Bearer ${TestRegistry.adminKey}` };
    const response = await fetch(registry.url + path(1, '/download'), { method: 'HEAD', headers });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe(`"${first.digest}"`);
    expect(response.headers.get('content-length')).toBe('100');
    expect(response.headers.get('content-disposition')).toContain('.safetensors"');
  });

  it('is not sent to who has it', async () => {
    const { status, bytes } = await download({ 'if-none-match': `"${first.digest}"` });
    expect(status).toBe(304);
    expect(bytes).toHaveLength(0);
  });

  it('is sent in parts', async () => {
    const { status, headers, bytes } = await download({ range: 'bytes=95-' });
    expect(status).toBe(206);
    expect(bytes.toString()).toBe('56789');
    expect(headers.get('content-range')).toBe('bytes 95-99/100');
  });

  it('is sent whole when the part belongs to something else', async () => {
    expect(await download({ range: 'bytes=0-9', 'if-range': '"other"' })).toMatchObject({ status: 200 });
  });

  it('has no part beyond its end', async () => {
    const { status, headers } = await download({ range: 'bytes=100-' });
    expect(status).toBe(416);
    expect(headers.get('content-range')).toBe('bytes */100');
  });
});

describe('the release key', () => {
  it('is made once and lies sealed', async () => {
    const keys = await registry.database.prisma.signingKey.findMany({ where: { role: 'release' } });
    expect(keys).toHaveLength(1);
    // PKCS #8 of an Ed25519 key begins so.
    expect(Buffer.from(keys[0]?.sealedPrivateKey ?? []).includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(
      false,
    );
  });
});
