import { readFile } from 'node:fs/promises';
import type { Digest } from '@kernelcast/contracts';
import { putBlob } from '@kernelcast/storage';
import type { FinalMessage } from '../training-child/messages.js';
import type { AttemptTools } from './attempt.types.js';
import type { LeasedJob } from './training-jobs.types.js';

export type Result = Extract<FinalMessage, { type: 'done' | 'made-base' }>;

export interface RegisterOptions extends Pick<AttemptTools, 'store' | 'repository' | 'settings'> {
  /** Repeats a call for as long as database or store cannot be reached. */
  readonly patiently: <T>(call: () => Promise<T>) => Promise<T>;
}

/**
 * Stores what a training process has left and closes its job, which then has it as its result.
 * @throws {LeaseLostError | NameTakenError}
 */
export async function registerResult(
  job: LeasedJob,
  result: Result,
  { store, repository, settings, patiently }: RegisterOptions,
): Promise<void> {
  const keep = async (file: string): Promise<{ digest: Digest; size: number }> => {
    const bytes = await readFile(file);
    return { digest: await patiently(() => putBlob(store, bytes)), size: bytes.byteLength };
  };
  if (result.type === 'done' && job.scenario !== 'meta') {
    const artifact = await keep(result.artifactPath);
    const predictions = await keep(result.predictionsPath);
    const { version: trainerVersion } = settings;
    await patiently(() => repository.finish(job, { ...result, ...artifact, predictions, trainerVersion }));
  } else if (result.type === 'made-base' && job.scenario === 'meta') {
    const { digest, steps, metrics } = result;
    const weights = await keep(result.weightsPath);
    const start = await keep(result.startPath);
    const files = { digest, weightsDigest: weights.digest, weightsSize: weights.size, startDigest: start.digest };
    await patiently(() => repository.finishMeta(job, { ...files, steps, metrics }));
  } else throw new Error(`A ${job.scenario} job does not end in ${result.type}`);
}
