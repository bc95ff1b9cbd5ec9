import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  ApiError,
  approveModulatorVersion,
  createApiKey,
  createDataset,
  createDeviceGroup,
  createEnrolmentToken,
  createRegistryClient,
  createRollout,
  createTask,
  createTrainingJob,
  getModulatorVersionById,
  getTrainingJob,
  startRollout,
  streamJobEvents,
  type GetModulatorVersionByIdResponse,
  type RegistryClientOptions,
} from '@kernelcast/api-client';
import { datasetVersionSchema, trainingJobSchema, type Method } from '@kernelcast/contracts';
import { BUILTIN_BASE } from '../embedded/register-base.js';
import type { DatasetFiles } from './dataset-files.js';

export type ModulatorVersion = GetModulatorVersionByIdResponse;
export interface JobProgress {
  state: string;
  step: number;
  steps: number;
  loss?: number;
}

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** What the demonstration asks of the registry, all of it through the public REST API. */
export class RegistrySteps {
  private readonly client;
  constructor(
    private readonly registry: RegistryClientOptions,
    /** Ends the following of jobs, which otherwise outlasts a registry that is gone. */
    private readonly signal: AbortSignal,
  ) {
    this.client = createRegistryClient(registry);
  }

  private get call() {
    return { client: this.client, throwOnError: true as const };
  }

  /** Creates task and dataset and uploads the zip, streamed. Returns the id of the ready dataset version. */
  async createTaskWithData({ source, zip }: DatasetFiles): Promise<string> {
    const { name, title, labels, origin } = source;
    await createTask({ ...this.call, body: { name, title, labels } });
    await createDataset({ ...this.call, body: { name, description: origin } });
    const response = await fetch(`${this.registry.baseUrl}/v1/datasets/${name}/versions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.registry.apiKey}`, 'content-type': 'application/zip' },
      body: Readable.toWeb(createReadStream(zip)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const answer: unknown = await response.json();
    if (!response.ok) throw new ApiError(answer as ConstructorParameters<typeof ApiError>[0]);
    const version = datasetVersionSchema.parse(answer);
    if (version.state !== 'ready')
      throw new Error(`The ${name} dataset is ${version.state}: ${JSON.stringify(version.findings)}`);
    return version.id;
  }

  /** Submits a job and returns its id. */
  async submit(task: string, datasetVersion: string, method: Method): Promise<string> {
    const { data } = await createTrainingJob({
      ...this.call,
      body: { task, datasetVersion, baseNetwork: BUILTIN_BASE, method },
    });
    return trainingJobSchema.parse(data).id;
  }

  /**
   * Follows a job to its end.
   *
   * @returns the modulator version it made
   * @throws Error when the job fails or is cancelled
   */
  async follow(jobId: string, onProgress: (progress: JobProgress) => void): Promise<ModulatorVersion> {
    const progress: JobProgress = { state: 'queued', step: 0, steps: 0 };
    for await (const { type, data } of streamJobEvents({ ...this.registry, jobId, signal: this.signal })) {
      if (type === 'state') progress.state = String(data['state']);
      progress.step = number(data['step']) ?? progress.step;
      progress.steps = number(data['steps']) ?? progress.steps;
      progress.loss = number(data['loss']) ?? progress.loss;
      onProgress(progress);
    }
    this.signal.throwIfAborted();
    const { data: job } = await getTrainingJob({ ...this.call, path: { id: jobId } });
    if (!job.result?.modulatorVersion)
      throw new Error(`Job ${jobId} ${job.state}: ${job.error?.message ?? 'no result'}`);
    const { data } = await getModulatorVersionById({ ...this.call, path: { id: job.result.modulatorVersion } });
    return data;
  }

  /** Creates a device group and a token with which one device may join it. */
  async createGroup(name: string): Promise<{ groupId: string; enrolmentToken: string }> {
    const { data: group } = await createDeviceGroup({ ...this.call, body: { name } });
    const { data: token } = await createEnrolmentToken({ ...this.call, body: { groupId: group.id } });
    return { groupId: group.id, enrolmentToken: token.token };
  }

  /** Approves a version, as somebody else than who ordered it, and rolls it out to the whole group. */
  async release({ modulatorId, version, id }: ModulatorVersion, groupId: string): Promise<void> {
    const { data: approver } = await createApiKey({ ...this.call, body: { name: 'demo-approver', role: 'approver' } });
    await approveModulatorVersion({
      client: createRegistryClient({ ...this.registry, apiKey: approver.secret }),
      throwOnError: true,
      path: { id: modulatorId, version },
      body: { comment: 'demonstration' },
    });
    const { data: rollout } = await createRollout({ ...this.call, body: { modulatorVersionId: id, groupId } });
    await startRollout({ ...this.call, path: { id: rollout.id } });
  }
}
