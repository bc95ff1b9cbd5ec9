import { encodeWeights } from '@kernelcast/artifact';
import { resolveHyperparameters } from '../hyperparameters/hyperparameters.js';
import { CheckpointError } from '../training.errors.js';
import { decodeRunCheckpoint, encodeRunCheckpoint } from './run-checkpoint.js';
import type { RunProgress } from './run-checkpoint.js';

const progress: RunProgress = {
  step: 12,
  smoothedLoss: 0.1 + 0.2,
  seconds: 3.5,
  hyperparameters: resolveHyperparameters('km', {}, 100),
  validation: { measuredStep: 10, stale: 1, best: { step: 5, top1: 2 / 3, loss: 0.7 } },
  search: { trials: [{ candidate: 0, rung: 0, steps: 40, top1: 0, seconds: 1 }], width: 3 },
};
const tensors = new Map([['w', { shape: [2], data: Float32Array.of(1 / 3, -1e-30) }]]);
const best = new Map([['w', { shape: [1], data: Float32Array.of(0.1) }]]);

describe('checkpoint', () => {
  it('keeps every bit', () => {
    const checkpoint = { progress, tensors, best };
    expect(decodeRunCheckpoint(encodeRunCheckpoint(checkpoint, { seed: 1 }), { seed: 1 })).toEqual(checkpoint);
  });

  it('compares identities by value', () => {
    const bytes = encodeRunCheckpoint({ progress, tensors, best }, { a: 1, b: [2] });
    expect(decodeRunCheckpoint(bytes, { b: [2], a: 1 }).progress).toEqual(progress);
    expect(() => decodeRunCheckpoint(bytes, { a: 1, b: [3] })).toThrow(CheckpointError);
  });

  it.each<[string, Record<string, string>]>([
    ['another format', { format: 'other' }],
    ['a later version', { formatVersion: '3' }],
    ['no progress', { progress: '' }],
    ['an incomplete progress', { progress: '{"step":1}' }],
    ['a progress of strings', { progress: JSON.stringify({ ...progress, step: '1' }) }],
    ['hyperparameters out of range', { progress: JSON.stringify({ ...progress, hyperparameters: { steps: 0 } }) }],
    ['a best measurement without its tensors', { progress: JSON.stringify(progress) }],
  ])('refuses %s', (_, changes) => {
    const metadata = {
      format: 'kernelcast.checkpoint',
      formatVersion: '2',
      identity: '{}',
      progress: JSON.stringify({ ...progress, validation: { measuredStep: 0, stale: 0 } }),
    };
    const bytes = (some: Record<string, string>) => encodeWeights(tensors, 'f32', { ...metadata, ...some });
    expect(decodeRunCheckpoint(bytes({}), {}).tensors).toEqual(tensors);
    expect(() => decodeRunCheckpoint(bytes(changes), {})).toThrow(CheckpointError);
  });
});
