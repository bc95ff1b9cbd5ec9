import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson, digestOf } from '@kernelcast/artifact';
import type { BaseNetwork, BaseNetworkDetail, Digest } from '@kernelcast/contracts';
import { Prisma } from '@kernelcast/database';
import { blobKey } from '@kernelcast/storage';
import type { RegistryConfig } from '../config/registry.config.js';
import { problemOf, TestRegistry, type ApiAnswer } from '../testing/registry-app.js';
import { uploadDataset } from '../testing/scenario.js';
import { multipart, tinyGraph, TINY_PARAMETERS, weightsFor } from '../testing/uploads.js';
import { BaseCheck } from './validation/base-check.service.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const upload = (form: FormData): Promise<ApiAnswer<BaseNetwork>> =>
  registry.call<BaseNetwork>('POST', '/v1/base-networks', { raw: form });
const blobPath = (digest: Digest) => path.join(registry.storeFolder, blobKey(digest));
const countBlobs = () => {
  const folder = path.join(registry.storeFolder, 'blobs');
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).length : 0;
};
const graph = tinyGraph();
const weights = weightsFor(graph);

describe('a base network', () => {
  it('is named by the digests of its graph and its weights, both of which are kept', async () => {
    const spelled = JSON.stringify(graph, null, 4);
    const { status, body } = await upload(multipart('tiny', spelled, weights));
    expect(status).toBe(201);
    const text = new TextEncoder();
    const graphDigest = await digestOf(text.encode(canonicalJson(graph)));
    const weightsDigest = await digestOf(weights);
    expect(body).toMatchObject({
      name: 'tiny',
      architecture: 'tiny',
      state: 'active',
      parameters: TINY_PARAMETERS,
      weightsSize: weights.byteLength,
      inputHeight: 8,
      graphDigest,
      weightsDigest,
      digest: await digestOf(text.encode(canonicalJson({ graph: graphDigest, weights: weightsDigest }))),
    });
    expect(readFileSync(blobPath(graphDigest), 'utf8')).toBe(canonicalJson(graph));
    expect(readFileSync(blobPath(weightsDigest)).equals(weights)).toBe(true);
    expect((await registry.get('/v1/base-networks/tiny')).body).toMatchObject(body);
  });

  it('is not registered twice, under the same name or another', async () => {
    await upload(multipart('first', JSON.stringify(graph), weightsFor(graph, 0.25)));
    for (const name of ['first', 'second']) {
      const answer = await upload(multipart(name, JSON.stringify(graph), weightsFor(graph, 0.25)));
      expect(problemOf(answer)).toMatchObject({ status: 409, code: 'name_taken' });
    }
  });

  it('that was sent again with the same key is the same', async () => {
    const send = () =>
      registry.call('POST', '/v1/base-networks', {
        raw: multipart('again', JSON.stringify(graph), weightsFor(graph, 0.125)),
        headers: { 'idempotency-key': 'base' },
      });
    const first = await send();
    expect(first.status).toBe(201);
    expect((await send()).body).toEqual(first.body);
  });

  const without = (name: string) => {
    const nodes = graph.nodes.filter(({ id }) => id !== name);
    return weightsFor({ ...graph, nodes });
  };
  const nan = weightsFor(graph);
  new DataView(nan.buffer, nan.byteOffset).setFloat32(nan.byteLength - 4, Number.NaN, true);

  const cyclic = { ...graph, nodes: graph.nodes.map((node) => (node.id === 'conv' ? { ...node, input: 'fc' } : node)) };
  const huge = { ...graph, nodes: graph.nodes.map((node) => (node.id === 'fc' ? { ...node, units: 16_384 } : node)) };
  const declared = new TextEncoder().encode('{"w":{"dtype":"F32","shape":[4000000,4000000],"data_offsets":[0,4]}}');
  const hugeHeader = new Uint8Array(8 + declared.length + 4);
  new DataView(hugeHeader.buffer).setBigUint64(0, BigInt(declared.length), true);
  hugeHeader.set(declared, 8);

  it.each([
    ['no JSON', '{', weights, 'malformed: graph: not JSON', ''],
    ['JSON a hundred thousand arrays deep', '['.repeat(100_000) + ']'.repeat(100_000), weights, 'malformed: ', ''],
    ['no graph', '{"format":"other"}', weights, 'malformed: graph: format', ''],
    [
      'a graph that reads its own end',
      JSON.stringify(cyclic),
      weights,
      "malformed: graph: node 'conv' reads 'fc'",
      'conv',
    ],
    ['more units than weights', JSON.stringify({ ...huge, featureSize: 16_384 }), weights, 'wrong_shape', 'fc/kernel'],
    ['no safetensors', JSON.stringify(graph), new Uint8Array(100).fill(255), 'malformed: weights: ', ''],
    ['tensors that claim terabytes', JSON.stringify(graph), hugeHeader, 'malformed: weights: ', ''],
    ['a tensor missing', JSON.stringify(graph), without('bn'), "missing_tensor: weights: 'bn/gamma'", 'bn/gamma'],
    ['a number that is none', JSON.stringify(graph), nan, 'not_finite', 'fc/kernel'],
    ['weights cut short', JSON.stringify(graph), weights.subarray(0, -1), 'malformed: weights: ', ''],
  ])('is refused with %s, which is named, and nothing is kept', async (_, graphText, weightBytes, detail, subject) => {
    const before = countBlobs();
    const answer = await upload(multipart('bad', graphText, weightBytes));
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'base_network_invalid' });
    expect(answer.body).toMatchObject({
      errors: [{ pointer: `/body/${subject.replace('/', '~1')}`, detail: expect.stringContaining(detail) }],
    });
    expect(countBlobs()).toBe(before);
    expect((await registry.get('/v1/base-networks/bad')).status).toBe(404);
  });

  it('that yields infinities when it is run is kept as invalid with its report, and no job is taken on it', async () => {
    const { status, body } = await upload(multipart('infinite', JSON.stringify(graph), weightsFor(graph, 3e38)));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      state: 'invalid',
      report: {
        findings: expect.arrayContaining([expect.objectContaining({ code: 'output_not_finite', severity: 'error' })]),
        millisecondsPerImage: null,
      },
    });
    const dataset = await uploadDataset(registry);
    await registry.made('/v1/tasks', { name: 'pets', title: 'Pets', labels: ['cat', 'dog'] });
    const order = { task: 'pets', datasetVersion: dataset.id, baseNetwork: 'infinite' };
    expect(problemOf(await registry.post('/v1/training-jobs', order))).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('is run again when the registry that ran it has died', async () => {
    const { body } = await upload(multipart('orphan', JSON.stringify(graph), weightsFor(graph, 0.0625)));
    const { prisma } = registry.database;
    await prisma.baseNetwork.update({
      where: { id: body.id },
      data: {
        ...{ state: 'validating', report: Prisma.DbNull, validatedAt: null },
        ...{ leaseOwner: 'dead', leaseUntil: new Date(0) },
      },
    });
    const settled = async (): Promise<BaseNetwork> => {
      const now = (await registry.get<BaseNetwork>('/v1/base-networks/orphan')).body;
      return now.state === 'validating' ? settled() : now;
    };
    expect(await settled()).toMatchObject({ state: 'active', report: { findings: expect.any(Array), images: 4 } });
  });

  it('is described with its layers and the sizes of modulators on it', async () => {
    const { body } = await registry.get<BaseNetworkDetail>('/v1/base-networks/tiny');
    expect(body.layers).toEqual([
      { layer: 'conv', op: 'conv2d', shape: [1, 1, 3, 4], parameters: 16 },
      { layer: 'bn', op: 'batchNorm', shape: null, parameters: 8 },
      { layer: 'fc', op: 'dense', shape: [4, 2], parameters: 10 },
    ]);
    expect(body.modulation).toContainEqual(
      expect.objectContaining({ method: 'full', paramsRatio: null, parameters: TINY_PARAMETERS }),
    );
    expect(body.report).toMatchObject({ plannedParameters: null, smallestRatio: expect.any(Number) });
  });

  it.each([
    ['memory', { KERNELCAST_BASE_CHECK_MEMORY_MB: 20, KERNELCAST_BASE_CHECK_SECONDS: 60 }, 'out_of_memory'],
    ['time', { KERNELCAST_BASE_CHECK_MEMORY_MB: 2000, KERNELCAST_BASE_CHECK_SECONDS: 0.02 }, 'too_slow'],
  ])('has a bound on the %s that it may take', async (_, limits, code) => {
    const check = new BaseCheck(limits as RegistryConfig);
    const { answer } = await check.run({ type: 'run', folder: registry.storeFolder });
    expect(answer).toMatchObject({ type: 'died', finding: { code } });
  });

  it.each(['graph', 'weights'])('is refused without its %s', async (part) => {
    const form = multipart('bad', JSON.stringify(graph), weights);
    form.delete(part);
    expect(problemOf(await upload(form))).toMatchObject({ status: 400, code: 'malformed_body' });
  });

  it('is refused with a part that has no meaning', async () => {
    const form = multipart('bad', JSON.stringify(graph), weights);
    form.set('other', new Blob(['x']), 'x');
    expect(problemOf(await upload(form))).toMatchObject({ status: 400, code: 'malformed_body' });
  });

  it('is refused without a good name', async () => {
    const answer = await upload(multipart('Not A Name', JSON.stringify(graph), weights));
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'validation_failed' });
  });

  it.each(['application/json', 'application/zip'])('is refused as %s', async (type) => {
    const answer = await registry.call('POST', '/v1/base-networks', { raw: '{}', headers: { 'content-type': type } });
    expect(problemOf(answer)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it('is refused when the body breaks off', async () => {
    const answer = await registry.call('POST', '/v1/base-networks', {
      raw: '--x\r\nContent-Disposition: form-data; name="graph"; filename="g"\r\n\r\n{',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    });
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'malformed_body' });
  });
});
