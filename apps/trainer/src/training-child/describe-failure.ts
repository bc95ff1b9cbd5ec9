import { ArtifactError } from '@kernelcast/artifact';
import { MAX_MESSAGE_LENGTH, type ChildErrorCode } from './messages.js';

/** Codes of the numeric libraries' errors, and what they mean for a job. */
const CODES: Readonly<Record<string, ChildErrorCode>> = {
  backend_unavailable: 'backend_unavailable',
  base_network_invalid: 'base_network_invalid',
  budget_invalid: 'budget_unreachable',
  budget_unreachable: 'budget_unreachable',
  checkpoint_invalid: 'checkpoint_invalid',
  dataset_invalid: 'dataset_invalid',
  episode_invalid: 'dataset_invalid',
  hyperparameters_invalid: 'hyperparameters_invalid',
  image_invalid: 'dataset_invalid',
  labels_mismatch: 'labels_mismatch',
  method_unknown: 'method_unknown',
  // Only a warm start meets one: the version was made with another budget or method.
  modulator_mismatch: 'hyperparameters_invalid',
  start_invalid: 'base_network_invalid',
  training_diverged: 'training_diverged',
};

/** How V8, Node and Emscripten say that there is no more memory to be had. */
const OUT_OF_MEMORY = /out of memory|allocation failed|cannot enlarge memory|memory access out of bounds/i;

/** What to do about it, for the codes whose message alone does not say. */
const ADVICE: Partial<Record<ChildErrorCode, string>> = {
  training_diverged: 'Lower learningRate and headLearningRate, or the outerRate of a meta job.',
  out_of_memory: 'Lower batchSize, use a smaller dataset, or give the trainer more memory.',
};

/** A run may diverge with a loss that stays finite: then its numbers leave the range of what is delivered. */
const OUT_OF_RANGE = /not a finite number/;

const codeOf = (error: unknown, message: string): ChildErrorCode => {
  if (error instanceof ArtifactError && OUT_OF_RANGE.test(message)) return 'training_diverged';
  const own = error instanceof Error && 'code' in error ? CODES[String(error.code)] : undefined;
  return own ?? (OUT_OF_MEMORY.test(message) ? 'out_of_memory' : 'internal');
};

/** Turns whatever ended a training into the code and the sentence a person gets to read. */
export function describeFailure(error: unknown): { code: ChildErrorCode; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error, message);
  const advice = ADVICE[code];
  return { code, message: (advice === undefined ? message : `${message}. ${advice}`).slice(0, MAX_MESSAGE_LENGTH) };
}
