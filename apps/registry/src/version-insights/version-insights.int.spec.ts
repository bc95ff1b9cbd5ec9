import { encodePredictions, IMAGE_KEY_BYTES } from '@kernelcast/artifact';
import type { ModelCard, VersionComparison, VersionLineage } from '@kernelcast/contracts';
import { createObjectStore, putBlob } from '@kernelcast/storage';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, finishJob, type Ingredients } from '../testing/scenario.js';

type Made = Awaited<ReturnType<typeof finishJob>>;
let registry: TestRegistry;
let ingredients: Ingredients;
/** Made before anything beside the metrics was kept. */
let old: Made;
let first: Made;
let second: Made;

const pathOf = ({ modulatorId, version }: Made, verb: string) =>
  `/v1/modulators/${modulatorId}/versions/${version}${verb}`;

/** What a trainer keeps of a version: predictions for four test images, and two layers. */
const evidence = async (predicted: number[], changes: [number, number | null]) => {
  const bytes = encodePredictions({
    labels: ['cat', 'dog'],
    images: Uint8Array.from({ length: 4 * IMAGE_KEY_BYTES }, (_, n) => Math.floor(n / IMAGE_KEY_BYTES)),
    truth: Uint16Array.of(0, 0, 1, 1),
    predicted: Uint16Array.from(predicted),
    probability: Float32Array.of(0.5, 0.75, 1, 0.5),
  });
  return {
    predictionsDigest: await putBlob(createObjectStore({ kind: 'local', folder: registry.storeFolder }), bytes),
    predictionsSize: bytes.length,
    layerChanges: changes.map((change, n) => ({ layer: `conv${n}`, change })),
    trainerVersion: '1.2.3',
    settled: { steps: 40, optimiser: 'adam' },
  };
};

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
  old = await finishJob(registry, ingredients, Buffer.from('old'));
  const kept = await evidence([0, 0, 1, 0], [0.25, null]);
  first = await finishJob(registry, ingredients, { bytes: Buffer.from('first'), kept });
  const comparison = { modulatorVersion: old.id, top1: 0.9, better: 0, worse: 0, pValue: 1 };
  const perClass = [
    { label: 'cat', accuracy: 0.5, images: 2 },
    { label: 'dog', accuracy: 1, images: 2 },
  ];
  const metrics = { top1: 0.75, loss: 0.5, images: 4, perClass, calibrationError: 0.25, comparison };
  const later = await evidence([0, 1, 1, 1], [0.5, 0]);
  const bytes = Buffer.from('second, longer');
  second = await finishJob(registry, ingredients, { bytes, metrics, kept: later, startFrom: first.id });
});
afterAll(() => registry.close());

describe('two versions', () => {
  it('are compared by class, image by image, by layer and by size', async () => {
    const { body } = await registry.get<VersionComparison>(pathOf(first, '/compare?to=latest'));
    expect(body).toMatchObject({
      from: { id: first.id, version: 2 },
      to: { id: second.id, version: 3 },
      sameBase: true,
      sameDatasetVersion: true,
      top1: { from: 0.9, to: 0.75 },
      bytesDifference: 9,
      layers: [
        { layer: 'conv0', from: 0.25, to: 0.5 },
        { layer: 'conv1', from: null, to: 0 },
      ],
    });
    expect(body.perClass[0]).toEqual({ label: 'cat', from: null, to: { accuracy: 0.5, images: 2 }, difference: null });
    expect(body.predictions).toMatchObject({ shared: 4, onlyFromRight: 1, onlyToRight: 1, bothRight: 2, flipped: 2 });
    expect(body.predictions?.flips[0]).toMatchObject({ label: 'cat', from: { label: 'cat' }, to: { label: 'dog' } });
    const byId = await registry.get<VersionComparison>(pathOf(first, `/compare?to=${second.id}`));
    expect(byId.body).toEqual(body);
  });

  it('of which one is old are compared as far as they can be, and it is said why no further', async () => {
    const { status, body } = await registry.get<VersionComparison>(pathOf(second, '/compare?to=1'));
    expect(status).toBe(200);
    expect(body).toMatchObject({ predictions: null, layers: null, top1: { to: 0.9 } });
    expect(body.predictionsReason).toContain('Version 1');
    expect(body.layersReason).not.toBeNull();
  });

  it('of two tasks, or of which one is not there, are not compared', async () => {
    const task = await registry.made<Ingredients['task']>('/v1/tasks', {
      name: 'zoo',
      title: 'Zoo',
      labels: ['cat', 'dog'],
    });
    const other = await finishJob(registry, { ...ingredients, task }, Buffer.from('other task'));
    const target = (to: string) => registry.get(pathOf(first, `/compare?to=${to}`));
    expect(problemOf(await target(other.id))).toMatchObject({ status: 422, code: 'versions_not_comparable' });
    expect(problemOf(await target('99'))).toMatchObject({ status: 404, code: 'modulator_not_found' });
    expect(problemOf(await target('newest'))).toMatchObject({ status: 422, code: 'validation_failed' });
  });
});

describe('the lineage of a version', () => {
  const edgesOf = ({ edges }: VersionLineage) => edges.map(({ from, relation, to }) => `${from} ${relation} ${to}`);

  it('goes back to where its training began and to what it was compared with', async () => {
    const { body } = await registry.get<VersionLineage>(pathOf(second, '/lineage'));
    expect(edgesOf(body)).toEqual(
      expect.arrayContaining([
        `${second.id} madeBy ${second.jobId}`,
        `${second.jobId} trainedOn ${ingredients.base.id}`,
        `${second.jobId} learntFrom ${ingredients.dataset.id}`,
        `${second.jobId} startedFrom ${first.id}`,
        `${second.id} comparedWith ${old.id}`,
      ]),
    );
    expect(body.nodes).toContainEqual(
      expect.objectContaining({ id: second.jobId, settled: { steps: 40, optimiser: 'adam' }, trainerVersion: '1.2.3' }),
    );
    expect(body.nodes).toContainEqual(
      expect.objectContaining({ id: ingredients.base.id, digest: ingredients.base.digest }),
    );
    expect(body.truncated).toBe(false);
  });

  it('goes on to what was begun at it, and no edge leads out of the graph', async () => {
    const { body } = await registry.get<VersionLineage>(pathOf(first, '/lineage'));
    const ids = new Set(body.nodes.map(({ id }) => id));
    expect(ids).toContain(second.id);
    expect(body.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
    expect(edgesOf(body)).not.toContainEqual(expect.stringContaining('comparedWith'));
  });
});

describe('the card of a version', () => {
  it('says what it is for, what it was made of and how well it does, with intervals', async () => {
    const { body } = await registry.get<ModelCard>(pathOf(second, '/card'));
    expect(body).toMatchObject({
      intendedUse: { task: 'pets', title: 'Pets', labels: ['cat', 'dog'] },
      base: { digest: ingredients.base.digest },
      data: { dataset: 'pets', id: ingredients.dataset.id, classes: [{ label: 'cat' }, { label: 'dog' }] },
      training: { startedFrom: first.id, trainerVersion: '1.2.3' },
      metrics: { top1: { value: 0.75, images: 4 }, calibrationError: 0.25 },
      size: { bytes: 14 },
      reproduce: `kernelcast replay ${second.id}`,
    });
    expect(body.metrics.top1.low).toBeCloseTo(0.3006, 3);
    expect(body.limits.join(' ')).toContain('worst on “cat”');
  });

  it('is had as Markdown, in which no name can do anything', async () => {
    const { prisma } = registry.database;
    await prisma.task.update({ where: { id: ingredients.task.id }, data: { title: '<b>Pets</b> | [x](y)' } });
    const request = { headers: { accept: 'text/markdown, */*;q=0.1' } };
    const { headers, body } = await registry.get<string>(pathOf(second, '/card'), request);
    expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(body).toContain('# \\<b\\>Pets\\</b\\> \\| \\[x\\]\\(y\\): version 3');
    expect(body).toContain('| cat | 50.0 % | 9.5 % to 90.5 % | 2 |');
    expect(body).toContain(`kernelcast replay ${second.id}`);
  });

  it('of an old version says what was not kept', async () => {
    const { body } = await registry.get<ModelCard>(pathOf(old, '/card'));
    expect(body.training).toMatchObject({ hyperparameters: null, trainerVersion: null });
    expect(body.metrics.calibrationError).toBeNull();
  });
});
