import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { canonicalJson, digestOf } from '@kernelcast/artifact';
import type { BaseNetwork, Digest } from '@kernelcast/contracts';
import { blobKey } from '@kernelcast/storage';
import { problemOf, TestRegistry, type ApiAnswer } from '../testing/registry-app.js';
import { multipart, tinyGraph, TINY_PARAMETERS, weightsFor } from '../testing/uploads.js';

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
    expect((await registry.get('/v1/base-networks/tiny')).body).toEqual(body);
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

  it.each([
    ['no JSON', '{', weights, 'graph: not JSON'],
    ['no graph', '{"format":"other"}', weights, 'graph: format'],
    [
      'groups that do not divide',
      JSON.stringify({ ...graph, nodes: [{ ...graph.nodes[0], groups: 3 }] }),
      weights,
      'groups',
    ],
    ['no safetensors', JSON.stringify(graph), new Uint8Array(100).fill(255), 'weights: '],
    ['a tensor missing', JSON.stringify(graph), without('bn'), "weights: 'bn/gamma' is missing"],
    [
      'a tensor too many',
      JSON.stringify({ ...graph, nodes: graph.nodes.slice(0, 3) }),
      weights,
      "the graph has no 'fc/",
    ],
    [
      'a tensor of another shape',
      JSON.stringify(graph).replace('"units":2', '"units":3'),
      weights,
      "'fc/kernel' is [4,2], not [4,3]",
    ],
    ['a number that is none', JSON.stringify(graph), nan, 'not a finite number'],
    ['weights cut short', JSON.stringify(graph), weights.subarray(0, -1), 'weights: '],
  ])('is refused with %s, and nothing is kept', async (_, graphText, weightBytes, detail) => {
    const before = countBlobs();
    const answer = await upload(multipart('bad', graphText, weightBytes));
    expect(problemOf(answer)).toMatchObject({
      status: 422,
      code: 'base_network_invalid',
      detail: expect.stringContaining(detail),
    });
    expect(countBlobs()).toBe(before);
    expect((await registry.get('/v1/base-networks/bad')).status).toBe(404);
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
