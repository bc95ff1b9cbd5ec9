import { DEFAULT_PROJECT_ID, type BaseNetwork, type DatasetVersion, type TrainingJob } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, uploadDataset, type Ingredients } from '../testing/scenario.js';
import { imagesOf } from '../testing/uploads.js';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
/** Tasks that six classes of three training images can give. */
const SHAPE = { ways: 3, shots: [1], queries: 2 };

let registry: TestRegistry;
let ingredients: Ingredients;
let signs: DatasetVersion;
beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
  signs = await uploadDataset(registry, 'signs', imagesOf(['a', 'b', 'c', 'd', 'e', 'f']));
});
afterAll(() => registry.close());

const metaOrder = (outputName: string, changes: object = {}) => ({
  scenario: 'meta',
  outputName,
  datasetVersion: signs.id,
  baseNetwork: ingredients.base.id,
  budget: { paramsRatio: 1 },
  meta: SHAPE,
  ...changes,
});
const fewShotOrder = (baseNetwork: string, changes: object = {}) => ({
  scenario: 'few-shot',
  task: ingredients.task.name,
  datasetVersion: ingredients.dataset.id,
  baseNetwork,
  ...changes,
});
const submit = (order: object) => registry.post<TrainingJob>('/v1/training-jobs', order);

let made = 0;
/** What a trainer does at the end of a meta job. */
const finishMeta = async (job: TrainingJob): Promise<string> => {
  const { prisma } = registry.database;
  const { weightsSize, architecture, parameters, inputHeight, inputWidth, graphDigest } = ingredients.base;
  const id = newId('baseNetwork');
  const shape = { weightsSize, architecture, parameters, inputHeight, inputWidth, graphDigest };
  const files = { digest: digest(`${++made}`), weightsDigest: digest('b'), startDigest: digest('c') };
  await prisma.baseNetwork.create({
    data: { id, projectId: DEFAULT_PROJECT_ID, name: job.outputName ?? '', ...shape, ...files, trainingJobId: job.id },
  });
  const results = [{ ways: 3, shots: 1, accuracy: 0.8, halfWidth: 0.02 }];
  const metrics = { classes: 3, episodes: 100, results };
  await prisma.trainingJob.update({
    where: { id: job.id },
    data: { state: 'succeeded', finishedAt: new Date(), metrics },
  });
  return id;
};

describe('an order to meta-train', () => {
  it('is queued without a task, with its settings settled', async () => {
    const { status, body } = await submit(metaOrder('queued'));
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { state: 'queued', scenario: 'meta', outputName: 'queued', taskId: null, taskName: null, result: null },
    });
    expect(body.meta).toMatchObject({ ...SHAPE, heldOutClasses: 3, algorithm: 'fomaml', fromScratch: false });
    const { body: found } = await registry.get<{ data: TrainingJob[] }>('/v1/training-jobs?scenario=meta&limit=1');
    expect(found.data.map(({ id }) => id)).toEqual([body.id]);
  });

  it('is only looked at in a dry run', async () => {
    const { status, body } = await submit(metaOrder('dry', { dryRun: true }));
    expect({ status, body }).toMatchObject({ status: 202, body: { valid: true, budgetParameters: 34 } });
    expect(await registry.database.prisma.trainingJob.count({ where: { outputName: 'dry' } })).toBe(0);
  });

  it.each([
    ['a name that a base network has', { outputName: 'tiny' }, 409, 'name_taken'],
    ['a name that a job waits to give', { outputName: 'waiting' }, 409, 'name_taken'],
    ['more classes than there are', { meta: { ...SHAPE, ways: 4 } }, 422, 'dataset_unsuitable'],
    ['more images of a class than there are', { meta: { ...SHAPE, shots: [2] } }, 422, 'dataset_unsuitable'],
    // 3+4 + 4 + 2·4 + 4+2 + 2 = 27 of 34.
    ['a budget that few-shot learning cannot do with', { budget: { bytes: 2 * 26 } }, 422, 'budget_unreachable'],
    ['a task', { task: 'pets' }, 422, 'validation_failed'],
    ['a method that is not prepared for', { method: 'bias' }, 422, 'validation_failed'],
    ['a setting nobody knows', { meta: { ...SHAPE, epochs: 1 } }, 422, 'validation_failed'],
  ])('is refused for %s', async (_, changes, status, code) => {
    await submit(metaOrder('waiting'));
    expect(problemOf(await submit(metaOrder('other', changes)))).toMatchObject({ status, code });
  });

  it('is told at which field it is wrong', async () => {
    const { body } = await submit(metaOrder('other', { outputName: undefined }));
    expect(body).toMatchObject({ errors: [{ pointer: '/body/outputName', detail: 'a meta job needs it' }] });
  });

  it('may take the name of a job that was cancelled', async () => {
    const { body: first } = await submit(metaOrder('again'));
    await registry.made(`/v1/training-jobs/${first.id}/cancel`);
    expect((await submit(metaOrder('again'))).status).toBe(202);
  });
});

describe('a meta job that has succeeded', () => {
  it('shows what it made and how that was measured, and the base network shows it', async () => {
    const { body: job } = await submit(metaOrder('finished'));
    const id = await finishMeta(job);
    expect((await registry.get<TrainingJob>(`/v1/training-jobs/${job.id}`)).body).toMatchObject({
      state: 'succeeded',
      result: { baseNetwork: id },
      metrics: null,
      metaMetrics: { classes: 3, results: [{ shots: 1, accuracy: 0.8 }] },
    });
    const { body: base } = await registry.get<BaseNetwork>('/v1/base-networks/finished');
    expect(base).toMatchObject({ id, startDigest: digest('c'), trainingJobId: job.id });
    expect(ingredients.base).toMatchObject({ startDigest: null, trainingJobId: null });
  });
});

describe('an order for a few-shot job', () => {
  it('is queued on a base network that was meta-trained, with the budget of that', async () => {
    const { body: meta } = await submit(metaOrder('for-few-shots', { budget: { paramsRatio: 0.9 } }));
    const base = await finishMeta(meta);
    const { status, body } = await submit(fewShotOrder(base, { hyperparameters: { steps: 4 } }));
    expect({ status, body }).toMatchObject({
      status: 202,
      body: { scenario: 'few-shot', taskName: 'pets', budget: { paramsRatio: 0.9 }, hyperparameters: { steps: 4 } },
    });
    expect((await submit(fewShotOrder(base, { dryRun: true }))).body).toMatchObject({ budgetParameters: 30 });
  });

  it('is refused on a base network that was not', async () => {
    const answer = await submit(fewShotOrder('tiny'));
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'start_missing' });
  });

  it('is refused on one that was meta-trained for another method', async () => {
    const { body: meta } = await submit(metaOrder('for-norms', { method: 'bn' }));
    expect(meta).toMatchObject({ method: 'bn' });
    const answer = await submit(fewShotOrder(await finishMeta(meta)));
    expect(problemOf(answer)).toMatchObject({ code: 'start_missing' });
  });

  it.each([
    ['a budget', { budget: { paramsRatio: 0.5 } }, '/body/budget'],
    ['a rate', { hyperparameters: { learningRate: 0.1 } }, '/body/hyperparameters/learningRate'],
  ])('is refused with %s', async (_, changes, pointer) => {
    expect((await submit(fewShotOrder('tiny', changes))).body).toMatchObject({ errors: [{ pointer }] });
  });
});
