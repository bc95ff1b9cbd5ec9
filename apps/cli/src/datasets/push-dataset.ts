import { setTimeout as pause } from 'node:timers/promises';
import {
  ApiError,
  createDataset,
  createRegistryClient,
  getDataset,
  getDatasetUpload,
  getDatasetVersion,
  type RegistryClientOptions,
} from '@kernelcast/api-client';
import { datasetVersionSchema, type DatasetVersion } from '@kernelcast/contracts';
import type { ArchiveSource } from './archive-source.js';
import { Patience, type PatienceOptions } from './patience.js';
import { uploadArchive, type Upload } from './upload-archive.js';

export interface PushOptions {
  readonly registry: RegistryClientOptions;
  readonly name: string;
  readonly patience: PatienceOptions;
  /** Told of bytes that arrived, and that validation goes on. */
  readonly onProgress: (state: Upload['state'], bytes: number) => void;
}

export interface PushResult {
  readonly dataset: string;
  readonly duplicate: boolean;
  readonly version: DatasetVersion;
}

const VALIDATION_POLL_MS = 1_000;

/**
 * Sends an archive as a new version of a dataset, which is created when there is none of the name, and waits until it is
 * validated.
 * @throws ApiError when the server refuses
 */
export const pushDataset = async (source: ArchiveSource, options: PushOptions): Promise<PushResult> => {
  const { registry, name, onProgress } = options;
  const call = { client: createRegistryClient(registry), throwOnError: true as const };
  const patience = new Patience(options.patience);
  await patience.run(() => ensureDataset(call, name));
  const report = (bytes: number) => onProgress('uploading', bytes);
  let upload = await uploadArchive(source, { registry, dataset: name, patience: options.patience, onProgress: report });
  while (upload.state !== 'done') {
    onProgress(upload.state, source.size);
    await pause(VALIDATION_POLL_MS);
    const { id } = upload;
    upload = (await patience.run(() => getDatasetUpload({ ...call, path: { id } }))).data;
  }
  const { version, duplicate } = upload;
  if (version === null) throw new Error('The upload was given up at the server');
  const { data } = await patience.run(() => getDatasetVersion({ ...call, path: { id: name, version } }));
  onProgress('done', source.size);
  return { dataset: name, duplicate, version: datasetVersionSchema.parse(data) };
};

type Call = Parameters<typeof getDataset<true>>[0] extends infer O ? Omit<O & object, 'path' | 'url'> : never;

const ensureDataset = async (call: Call, name: string): Promise<void> => {
  try {
    await getDataset({ ...call, throwOnError: true, path: { id: name } });
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'dataset_not_found') throw error;
    await createDataset({ ...call, throwOnError: true, body: { name } });
  }
};
