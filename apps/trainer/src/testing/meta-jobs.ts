import { canonicalJson, createPrng, encodeWeights, type FloatTensor } from '@kernelcast/artifact';
import { DEFAULT_PROJECT_ID as projectId, metaSettingsSchema, type MetaSettings } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { conv4, countParameters, digestBaseNetwork, parameterSpecs } from '@kernelcast/nets';
import { putBlob } from '@kernelcast/storage';
import { SIGN_SIDE, signsZip, type SignOptions } from './sign-dataset.js';
import type { TrainingFixture } from './training-fixture.js';

/** As small as a network of few-shot learning can be. */
const FILTERS = 8;
/** Leaves every BatchNorm its variance and every kernel two factors. */
const BUDGET = { paramsRatio: 0.1 };

/** A few seconds on any machine. */
const SETTINGS = {
  fromScratch: true,
  ways: 3,
  shots: [1, 2],
  queries: 2,
  heldOutClasses: 3,
  evaluationEpisodes: 20,
  iterations: 40,
  tasksPerIteration: 2,
  calibrationEpisodes: 2,
};

/** Makes meta jobs, and few-shot jobs on what these made, as the registry would. */
export class MetaJobs {
  private constructor(
    private readonly fixture: TrainingFixture,
    private readonly baseNetworkId: string,
    private readonly datasetVersionId: string,
  ) {}

  /** With a Conv4 to start from, and with signs of twelve kinds. */
  static async create(fixture: TrainingFixture): Promise<MetaJobs> {
    const labels = Array.from({ length: 12 }, (_, i) => `sign-${i}`);
    const dataset = await createDataset(fixture, { labels, train: 5, test: 1, seed: 1 });
    return new MetaJobs(fixture, await createBase(fixture), dataset);
  }

  /** A queued meta job. */
  async order(outputName: string, changes: Partial<MetaSettings> = {}): Promise<string> {
    const { id } = await this.fixture.database.prisma.trainingJob.create({
      data: {
        id: newId('trainingJob'),
        projectId,
        scenario: 'meta',
        outputName,
        meta: metaSettingsSchema.parse({ ...SETTINGS, ...changes }),
        datasetVersionId: this.datasetVersionId,
        baseNetworkId: this.baseNetworkId,
        method: 'km',
        hyperparameters: {},
        budget: BUDGET,
        seed: 3n,
        createdBy: 'test',
      },
    });
    return id;
  }

  /** A queued few-shot job for a task of signs that no meta job has seen. */
  async orderFewShot(baseNetworkId: string, steps?: number): Promise<string> {
    const labels = ['star', 'moon', 'sun'];
    const datasetVersionId = await createDataset(this.fixture, { labels: [...labels].sort(), train: 3, test: 4, seed: 77 }); // prettier-ignore
    const taskId = newId('task');
    await this.fixture.database.prisma.task.create({
      data: { id: taskId, projectId, name: taskId.toLowerCase().replace('_', '-'), title: 'Signs', labels },
    });
    const { id } = await this.fixture.database.prisma.trainingJob.create({
      data: {
        id: newId('trainingJob'),
        projectId,
        scenario: 'few-shot',
        taskId,
        datasetVersionId,
        baseNetworkId,
        method: 'km',
        hyperparameters: steps === undefined ? {} : { steps },
        budget: BUDGET,
        seed: 0n,
        createdBy: 'test',
      },
    });
    return id;
  }
}

async function createDataset({ database, store }: TrainingFixture, options: SignOptions): Promise<string> {
  const datasetId = newId('dataset');
  await database.prisma.dataset.create({
    data: { id: datasetId, projectId, name: datasetId.toLowerCase().replace('_', '-'), description: '' },
  });
  const zip = await signsZip(options);
  const id = newId('datasetVersion');
  const { labels, train, test } = options;
  const images = labels.length * (train + test);
  const found = { labels: [...labels], images, digest: await putBlob(store, zip), size: BigInt(zip.byteLength) };
  await database.prisma.datasetVersion.create({
    data: { id, projectId, datasetId, version: 1, state: 'ready', ...found },
  });
  return id;
}

async function createBase({ database, store }: TrainingFixture): Promise<string> {
  const graph = conv4({ side: SIGN_SIDE, filters: FILTERS });
  const prng = createPrng(5);
  const weights = new Map<string, FloatTensor>();
  for (const { name, shape, kind } of parameterSpecs(graph)) {
    const data = new Float32Array(shape.reduce((product, side) => product * side, 1));
    weights.set(name, {
      shape: [...shape],
      data: kind === 'conv2d' ? data.map(() => 0.1 * prng.nextNormal()) : data.fill(1),
    });
  }
  const [graphJson, weightsFile] = [new TextEncoder().encode(canonicalJson(graph)), encodeWeights(weights, 'f32')];
  const { id } = await database.prisma.baseNetwork.create({
    data: {
      id: newId('baseNetwork'),
      name: 'conv4',
      digest: await digestBaseNetwork(graph, weightsFile),
      graphDigest: await putBlob(store, graphJson),
      weightsDigest: await putBlob(store, weightsFile),
      weightsSize: weightsFile.byteLength,
      architecture: graph.name,
      parameters: countParameters(graph),
      inputHeight: SIGN_SIDE,
      inputWidth: SIGN_SIDE,
    },
  });
  return id;
}
