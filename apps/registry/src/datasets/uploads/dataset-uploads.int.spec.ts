import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import type { DatasetUpload, DatasetVersion } from '@kernelcast/contracts';
import { waitFor } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../../testing/registry-app.js';
import { imagesOf, zipOf } from '../../testing/uploads.js';
import { UPLOAD_LIMITS } from './upload-limits.js';

const { partBytes } = UPLOAD_LIMITS;
const MASTER_KEY = randomBytes(32).toString('base64url');
let registry: TestRegistry;
let seed = 2;

beforeAll(async () => {
  registry = await TestRegistry.start({ KERNELCAST_MASTER_KEY: MASTER_KEY });
  await registry.made('/v1/datasets', { name: 'pets' });
});
afterAll(() => registry.close());

/** Another replica, or the same after a restart. */
const startAnother = () =>
  TestRegistry.start({
    DATABASE_URL: registry.databaseUrl,
    KERNELCAST_STORE_DIR: registry.storeFolder,
    KERNELCAST_MASTER_KEY: MASTER_KEY,
  });
/** An archive that no other test uploads. */
const archiveOf = () => zipOf(imagesOf(['cat', 'dog'], ++seed));
const begin = (size: number, fingerprint?: string) =>
  registry.made<DatasetUpload>('/v1/datasets/pets/uploads', { size, fingerprint });
const urlOf = ({ id }: DatasetUpload) => `/v1/dataset-uploads/${id}`;
const read = async (upload: DatasetUpload) => (await registry.get<DatasetUpload>(urlOf(upload))).body;
const append = (upload: DatasetUpload, offset: number, bytes: Uint8Array, at = registry) =>
  at.call<DatasetUpload>('PATCH', `${urlOf(upload)}?offset=${offset}`, {
    raw: new Uint8Array(bytes),
    headers: { 'content-type': 'application/octet-stream' },
  });
const complete = (upload: DatasetUpload, digest?: string) =>
  registry.post<DatasetUpload>(`${urlOf(upload)}/complete`, { digest });
const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const done = async (upload: DatasetUpload): Promise<DatasetUpload> => {
  await waitFor('the validation', async () => (await read(upload)).state === 'done');
  return read(upload);
};
const versionOf = async (upload: DatasetUpload) =>
  (await registry.get<DatasetVersion>(`/v1/datasets/pets/versions/${(await done(upload)).version ?? 0}`)).body;
const stateOf = async ({ version }: DatasetUpload) =>
  (await registry.get<DatasetVersion>(`/v1/datasets/pets/versions/${version ?? 0}`)).body.state;
/** Sends bytes of a request that promises more, waits until some are kept, and cuts the connection. */
const sendAndCut = async (upload: DatasetUpload, offset: number, bytes: Uint8Array): Promise<void> => {
  const sending = request(`${registry.url}${urlOf(upload)}?offset=${offset}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${TestRegistry.adminKey}`,
      'content-type': 'application/octet-stream',
      'content-length': bytes.length + 1000,
    },
  });
  sending.on('error', () => undefined);
  sending.write(bytes);
  await waitFor('bytes to be kept', async () => (await read(upload)).offset > offset);
  sending.destroy();
};
/** The offset, once no request of before moves it any more. */
const offsetOf = async (upload: DatasetUpload): Promise<number> => {
  let last = -1;
  await waitFor('the offset to rest', async () => {
    const { offset } = await read(upload);
    const rests = offset === last;
    last = offset;
    return rests;
  });
  return last;
};
const keptParts = () =>
  readdirSync(registry.storeFolder, { recursive: true }).filter((name) => /^uploads.upl/.test(String(name)));

describe('an upload in pieces', () => {
  it('becomes a version, which says what state it is in meanwhile', async () => {
    const archive = await archiveOf();
    const upload = await begin(archive.length);
    expect(upload).toMatchObject({ state: 'uploading', offset: 0, size: archive.length, duplicate: false });
    expect(await stateOf(upload)).toBe('uploading');
    expect((await append(upload, 0, archive.subarray(0, 100))).body).toMatchObject({ offset: 100 });
    expect((await append(upload, 100, archive.subarray(100))).body).toMatchObject({ offset: archive.length });
    const { status, body } = await complete(upload, digestOf(archive));
    expect(status).toBe(202);
    expect(['validating', 'done']).toContain(body.state);
    expect(await versionOf(upload)).toMatchObject({
      state: 'ready',
      version: upload.version,
      digest: digestOf(archive),
      sourceDigest: digestOf(archive),
    });
    await waitFor('the parts to go', () => keptParts().length === 0);
    expect((await complete(upload)).body).toMatchObject({ state: 'done', version: upload.version });
  });

  it('goes on after cut connections, from what had arrived', async () => {
    const bytes = randomBytes(5 * (partBytes + 150) + 10);
    const upload = await begin(bytes.length);
    for (let cut = 0; cut < 5; cut++) {
      const offset = await offsetOf(upload);
      await sendAndCut(upload, offset, bytes.subarray(offset, offset + partBytes + 150));
    }
    const send = async () => {
      const offset = await offsetOf(upload);
      // The tail of the last cut request may still be on its way: then the offset moves once more.
      return (await append(upload, offset, bytes.subarray(offset))).status;
    };
    await waitFor('the rest to be taken', async () => (await send()) === 200);
    await complete(upload, digestOf(bytes));
    expect(await versionOf(upload)).toMatchObject({
      sourceDigest: digestOf(bytes),
      findings: [{ code: 'not_a_zip' }],
    });
  });

  it('goes on by another registry, and is cut into parts of a bounded size', async () => {
    const other = await startAnother();
    try {
      const bytes = randomBytes(2 * partBytes + 7);
      const upload = await begin(bytes.length);
      await append(upload, 0, bytes.subarray(0, partBytes + 1));
      expect((await append(upload, partBytes + 1, bytes.subarray(partBytes + 1), other)).body).toMatchObject({
        offset: bytes.length,
      });
      const parts = await registry.database.prisma.datasetUploadPart.findMany({ where: { uploadId: upload.id } });
      expect(parts.map(({ size }) => size).sort((a, b) => b - a)).toEqual(
        [partBytes, partBytes, 6, 1].sort((a, b) => b - a),
      );
      await complete(upload, digestOf(bytes));
      expect((await versionOf(upload)).findings).toMatchObject([{ code: 'not_a_zip' }]);
    } finally {
      await other.close();
    }
  });

  it('is validated again by whoever is there when the registry that did so is gone', async () => {
    const archive = await archiveOf();
    const upload = await begin(archive.length);
    await append(upload, 0, archive);
    const { prisma } = registry.database;
    const gone = { state: 'validating' as const, leaseOwner: 'gone', leaseUntil: new Date(0), attempts: 1 };
    const { versionId } = await prisma.datasetUpload.update({ where: { id: upload.id }, data: gone });
    await prisma.datasetVersion.update({ where: { id: versionId ?? '' }, data: { state: 'validating' } });
    const next = await startAnother();
    expect(await versionOf(upload)).toMatchObject({ state: 'ready' });
    await next.close();
  });

  it('is given up when registries keep dying of it', async () => {
    const archive = await archiveOf();
    const upload = await begin(archive.length);
    await append(upload, 0, archive);
    await registry.database.prisma.datasetUpload.update({ where: { id: upload.id }, data: { attempts: 3 } });
    await complete(upload);
    expect(await versionOf(upload)).toMatchObject({ state: 'invalid', findings: [{ code: 'validation_failed' }] });
  });

  it('says so when its bytes are a version already', async () => {
    const archive = await archiveOf();
    const send = async () => {
      const upload = await begin(archive.length);
      await append(upload, 0, archive);
      await complete(upload);
      return done(upload);
    };
    const [first, second] = [await send(), await send()];
    expect(first.duplicate).toBe(false);
    expect(second).toMatchObject({ duplicate: true, version: first.version });
    expect((await registry.get('/v1/datasets/pets')).body).toMatchObject({ latestVersion: first.version });
  });

  it('is invalid when other bytes arrived than were sent', async () => {
    const archive = await archiveOf();
    const upload = await begin(archive.length);
    await append(upload, 0, archive);
    await complete(upload, digestOf(Buffer.from('other')));
    expect((await versionOf(upload)).findings).toMatchObject([{ code: 'digest_mismatch' }]);
  });

  it('is found again by its fingerprint, by its owner alone and while it is unfinished', async () => {
    const archive = await archiveOf();
    const upload = await begin(archive.length, 'folder-1');
    await append(upload, 0, archive.subarray(0, 10));
    expect(await begin(archive.length, 'folder-1')).toMatchObject({ id: upload.id, offset: 10 });
    expect((await begin(archive.length + 1, 'folder-1')).id).not.toBe(upload.id);
    const key = await registry.keyOf('trainer');
    const body = { size: archive.length, fingerprint: 'folder-1' };
    const theirs = await registry.made<DatasetUpload>('/v1/datasets/pets/uploads', body, { key });
    expect(theirs.id).not.toBe(upload.id);
    await append(upload, 10, archive.subarray(10));
    await complete(upload);
    expect((await begin(archive.length, 'folder-1')).id).not.toBe(upload.id);
  });

  it('can be given up, and leaves nothing', async () => {
    const upload = await begin(1000);
    await append(upload, 0, randomBytes(500));
    expect((await registry.call('DELETE', urlOf(upload))).status).toBe(204);
    expect(problemOf(await registry.get(urlOf(upload)))).toMatchObject({ status: 404, code: 'upload_not_found' });
    expect(keptParts().filter((name) => String(name).includes(upload.id))).toEqual([]);
    const version = await registry.get(`/v1/datasets/pets/versions/${upload.version ?? 0}`);
    expect(version.status).toBe(404);
  });

  it('is removed when nobody goes on with it', async () => {
    const upload = await begin(1000);
    await append(upload, 0, randomBytes(500));
    const past = { expiresAt: new Date(0) };
    await registry.database.prisma.datasetUpload.update({ where: { id: upload.id }, data: past });
    const next = await startAnother();
    expect((await registry.get(urlOf(upload))).status).toBe(404);
    expect(keptParts().filter((name) => String(name).includes(upload.id))).toEqual([]);
    await next.close();
  });
});

describe('an upload is refused', () => {
  it('at another offset than its own', async () => {
    const upload = await begin(1000);
    await append(upload, 0, randomBytes(10));
    const refusal = problemOf(await append(upload, 20, randomBytes(10)));
    expect(refusal).toMatchObject({ status: 409, code: 'upload_offset_mismatch', type: 'application/problem+json' });
    expect(refusal.detail).toContain('continues at 10');
    expect(problemOf(await complete(upload))).toMatchObject({ status: 409, code: 'upload_offset_mismatch' });
  });

  it('when two requests append at once: one wins, and no byte is doubled', async () => {
    const upload = await begin(20);
    const answers = await Promise.all([append(upload, 0, randomBytes(10)), append(upload, 0, randomBytes(10))]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect((await read(upload)).offset).toBe(10);
    expect(keptParts().filter((name) => String(name).includes(upload.id))).toHaveLength(1);
  });

  it('when more comes than was announced, or than any dataset may have', async () => {
    const upload = await begin(10);
    expect(problemOf(await append(upload, 0, randomBytes(11)))).toMatchObject({ status: 413, code: 'body_too_large' });
    expect((await read(upload)).offset).toBe(0);
    const answer = await registry.post('/v1/datasets/pets/uploads', { size: 2 ** 40 });
    expect(problemOf(answer)).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('once it is complete', async () => {
    const upload = await begin(10);
    await append(upload, 0, randomBytes(10));
    await complete(upload);
    expect(problemOf(await append(upload, 10, randomBytes(1)))).toMatchObject({ status: 409, code: 'conflict' });
    const cancelled = await registry.call('DELETE', urlOf(upload));
    expect(problemOf(cancelled)).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('when too many of a dataset are unfinished', async () => {
    await registry.made('/v1/datasets', { name: 'crowded' });
    const more = () => registry.post('/v1/datasets/crowded/uploads', { size: 10 });
    for (let i = 0; i < UPLOAD_LIMITS.openPerDataset; i++) expect((await more()).status).toBe(201);
    expect(problemOf(await more())).toMatchObject({ status: 429, code: 'too_many_requests' });
  });

  it('to viewers', async () => {
    const upload = await begin(10);
    const key = await registry.keyOf('viewer');
    const answer = await registry.call('PATCH', `${urlOf(upload)}?offset=0`, {
      raw: 'x',
      headers: { 'content-type': 'application/octet-stream' },
      key,
    });
    expect(problemOf(answer)).toMatchObject({ status: 403, code: 'forbidden' });
  });
});
