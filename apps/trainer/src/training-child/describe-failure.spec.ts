import { ArtifactError } from '@kernelcast/artifact';
import { BackendError } from '@kernelcast/compute';
import { BudgetError, InvalidBudgetError, ModulatorMismatchError, UnknownMethodError } from '@kernelcast/km';
import { BaseNetworkError } from '@kernelcast/nets';
import { DatasetError, ImageError } from '@kernelcast/nets/node';
import {
  CheckpointError,
  EpisodeError,
  HyperparameterError,
  StartError,
  TrainingDivergedError,
  UnusableDatasetError,
} from '@kernelcast/training';
import { LabelsMismatchError } from './align-labels.js';
import { describeFailure } from './describe-failure.js';
import { MAX_MESSAGE_LENGTH } from './messages.js';

describe('describeFailure', () => {
  it.each([
    [new DatasetError('holds no images'), 'dataset_invalid'],
    [new ImageError('truncated', 'train/a/1.png'), 'dataset_invalid'],
    [new UnusableDatasetError('one class'), 'dataset_invalid'],
    [new EpisodeError('too few classes'), 'dataset_invalid'],
    [new StartError('of another base'), 'base_network_invalid'],
    [new LabelsMismatchError(['a'], []), 'labels_mismatch'],
    [new BudgetError(0.002, 4000), 'budget_unreachable'],
    [new InvalidBudgetError('not positive'), 'budget_unreachable'],
    [new HyperparameterError('epochs must be positive'), 'hyperparameters_invalid'],
    [new UnknownMethodError('full', ['km', 'head']), 'method_unknown'],
    [new BackendError('gpu', 'no such device'), 'backend_unavailable'],
    [new BaseNetworkError('damaged'), 'base_network_invalid'],
    [new TrainingDivergedError(7), 'training_diverged'],
    [new ArtifactError('-1e9 is not a finite number in half precision'), 'training_diverged'],
    [new ArtifactError('a label is too long'), 'internal'],
    [new ModulatorMismatchError('another plan'), 'hyperparameters_invalid'],
    [new CheckpointError('damaged'), 'checkpoint_invalid'],
    [new RangeError('Array buffer allocation failed'), 'out_of_memory'],
    [new WebAssembly.RuntimeError('memory access out of bounds'), 'out_of_memory'],
    [Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'internal'],
    ['a string', 'internal'],
  ])('gives %p the code %s and keeps its words', (error, code) => {
    const failure = describeFailure(error);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(error instanceof Error ? error.message : error);
  });

  it('says what to do about a loss that is no number, and about too little memory', () => {
    expect(describeFailure(new TrainingDivergedError(7)).message).toMatch(/Lower learningRate/);
    expect(describeFailure(new Error('out of memory')).message).toMatch(/Lower batchSize/);
  });

  it('cuts a message that is too long for the channel', () => {
    expect(describeFailure(new Error('x'.repeat(10_000))).message).toHaveLength(MAX_MESSAGE_LENGTH);
  });
});
