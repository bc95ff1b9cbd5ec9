import { existsSync, readdirSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import type { DatasetPreview, DatasetStats, DatasetVersion } from '@kernelcast/contracts';
import { blobKey } from '@kernelcast/storage';
import { tempDir, waitFor, type TempDir } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { imagesOf, zipOf } from '../testing/uploads.js';
import { UPLOAD_LIMITS } from './uploads/upload-limits.js';

const PART = UPLOAD_LIMITS.partBytes;
let registry: TestRegistry;
let uploads: TempDir;

beforeAll(async () => {
  uploads = tempDir('uploads');
  registry = await TestRegistry.start({ KERNELCAST_UPLOAD_DIR: uploads.path });
  await registry.made('/v1/datasets', { name: 'pets', description: 'Cats and dogs' });
});
afterAll(async () => {
  await registry.close();
  uploads.remove();
});

const ZIP = { 'content-type': 'application/zip' };
const upload = (raw: BodyInit, headers: Record<string, string> = {}) =>
  registry.call<DatasetVersion>('POST', '/v1/datasets/pets/versions', { raw, headers: { ...ZIP, ...headers } });
const storedFiles = () =>
  existsSync(registry.storeFolder)
    ? readdirSync(registry.storeFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    : [];
const spooled = () => readdirSync(uploads.path);
const countParts = () => registry.database.prisma.datasetUploadPart.count();
const countVersions = () => registry.database.prisma.datasetVersion.count();

describe('a dataset version', () => {
  it('is ready when its archive is good, and is kept under its digest', async () => {
    const { status, body } = await upload(await zipOf(imagesOf(['cat', 'dog'], 3)));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      state: 'ready',
      labels: ['cat', 'dog'],
      images: 8,
      findings: [],
      classes: [
        { label: 'cat', train: 3, test: 1 },
        { label: 'dog', train: 3, test: 1 },
      ],
    });
    if (body.digest === null) throw new Error('a ready version has a digest');
    expect(existsSync(path.join(registry.storeFolder, blobKey(body.digest)))).toBe(true);
    expect(spooled()).toEqual([]);
  });

  it('can be read by its number, with statistics and a preview that caches may keep', async () => {
    const version = '/v1/datasets/pets/versions/1';
    expect((await registry.get<DatasetVersion>(version)).body).toMatchObject({ version: 1, state: 'ready' });
    const stats = await registry.get<DatasetStats>(`${version}/stats`);
    expect(stats.body).toMatchObject({ images: 8, splits: { train: 6, test: 2 }, balance: { ratio: 1 } });
    const preview = await registry.get<DatasetPreview>(`${version}/preview`);
    expect(preview.body.classes.map(({ label, images }) => [label, images.length])).toEqual([
      ['cat', 4],
      ['dog', 4],
    ]);
    const etag = preview.headers.get('etag') ?? '';
    const again = await registry.get(`${version}/preview`, { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, body: '' });
    expect(problemOf(await registry.get('/v1/datasets/pets/versions/99'))).toMatchObject({ code: 'dataset_not_found' });
  });

  it('is not made twice of the same bytes', async () => {
    const before = await countVersions();
    const { body } = await upload(await zipOf(imagesOf(['cat', 'dog'], 3)));
    expect(body).toMatchObject({ version: 1, state: 'ready' });
    expect(await countVersions()).toBe(before);
  });

  it('is numbered without gaps, also when several arrive at once', async () => {
    const archives = await Promise.all([4, 5, 6].map((count) => zipOf(imagesOf(['cat', 'dog'], count))));
    const answers = await Promise.all(archives.map((archive) => upload(archive)));
    const numbers = answers.map(({ body }) => body.version).sort((a, b) => a - b);
    expect(numbers).toEqual([2, 3, 4]);
    const listed = await registry.get<{ data: DatasetVersion[] }>('/v1/datasets/pets/versions?limit=2');
    expect(listed.body.data.map(({ version }) => version)).toEqual([4, 3]);
    expect((await registry.get('/v1/datasets/pets')).body).toMatchObject({ latestVersion: 4 });
  });

  it('is invalid, with findings that name the files, when its archive is not good; nothing is stored', async () => {
    const before = storedFiles().length;
    const archive = await zipOf({ ...imagesOf(['cat', 'dog']), 'train/cat/x.png': Buffer.from('GIF89a') });
    const { status, body } = await upload(archive);
    expect(status).toBe(201);
    expect(body).toMatchObject({ state: 'invalid', digest: null });
    expect(body.findings).toMatchObject([{ code: 'not_an_image', file: 'train/cat/x.png' }]);
    await waitFor('the parts to go', () => storedFiles().length === before);
    const preview = await registry.get(`/v1/datasets/pets/versions/${body.version}/preview`);
    expect(problemOf(preview)).toMatchObject({ status: 422, code: 'dataset_not_ready' });
  });

  it('is invalid when it is no zip at all', async () => {
    const { body } = await upload(Buffer.from('this is no archive'));
    expect(body.findings).toMatchObject([{ code: 'not_a_zip' }]);
  });

  it('that was sent again with the same key is the same', async () => {
    const archive = await zipOf(imagesOf(['cat', 'dog'], 9));
    const first = await upload(archive, { 'idempotency-key': 'upload' });
    const before = await countVersions();
    expect((await upload(archive, { 'idempotency-key': 'upload' })).body).toEqual(first.body);
    expect(await countVersions()).toBe(before);
    const other = await upload(await zipOf(imagesOf(['cat', 'dog'], 10)), { 'idempotency-key': 'upload' });
    expect(problemOf(other)).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
  });

  it('does not come of an upload that broke off: no version, no object, no upload', async () => {
    const uploadsNow = () => registry.database.prisma.datasetUpload.count();
    await waitFor('the parts of earlier uploads to go', async () => (await countParts()) === 0);
    const [versions, files, rows] = [await countVersions(), storedFiles().length, await uploadsNow()];
    const sending = request(`${registry.url}/v1/datasets/pets/versions`, {
      method: 'POST',
      headers: { ...ZIP, authorization: `Bearer ${TestRegistry.adminKey}`, 'content-length': 2 * PART },
    });
    sending.on('error', () => undefined);
    sending.write(Buffer.alloc(PART + 1));
    await waitFor('a part to be kept', async () => (await countParts()) > 0);
    sending.destroy();
    await waitFor('the upload to go', async () => (await uploadsNow()) === rows);
    expect(await countVersions()).toBe(versions);
    expect(storedFiles()).toHaveLength(files);
  });

  it.each([
    ['of an unknown dataset', { dataset: 'nothing' }, { status: 404, code: 'dataset_not_found' }],
    ['of nothing', { raw: '' }, { status: 400, code: 'malformed_body' }],
    ['as JSON', { raw: '{}', type: 'application/json' }, { status: 415, code: 'unsupported_media_type' }],
    ['as a tar', { type: 'application/x-tar' }, { status: 415, code: 'unsupported_media_type' }],
  ])('is refused %s', async (_, sent, refusal) => {
    const { dataset, raw, type } = { dataset: 'pets', raw: 'x', type: 'application/zip', ...sent };
    const before = await countVersions();
    const headers = { 'content-type': type };
    const answer = await registry.call('POST', `/v1/datasets/${dataset}/versions`, { raw, headers });
    expect(problemOf(answer)).toMatchObject({ ...refusal, type: 'application/problem+json' });
    expect(await countVersions()).toBe(before);
  });
});

describe('a dataset', () => {
  it('has a name of its own', async () => {
    const answer = await registry.post('/v1/datasets', { name: 'pets' });
    expect(problemOf(answer)).toMatchObject({ status: 409, code: 'name_taken' });
  });
});
