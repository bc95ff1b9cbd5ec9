import { encodeWeights } from '@kernelcast/artifact';
import { CheckpointError } from '../training.errors.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';

const progress = { step: 12, smoothedLoss: 0.1 + 0.2, seconds: 3.5 };
const tensors = new Map([['w', { shape: [2], data: Float32Array.of(1 / 3, -1e-30) }]]);

describe('checkpoint', () => {
  it('keeps every bit', () => {
    expect(decodeCheckpoint(encodeCheckpoint({ progress, tensors }, { seed: 1 }), { seed: 1 })).toEqual({
      progress,
      tensors,
    });
  });

  it('compares identities by value', () => {
    const bytes = encodeCheckpoint({ progress, tensors }, { a: 1, b: [2] });
    expect(decodeCheckpoint(bytes, { b: [2], a: 1 }).progress).toEqual(progress);
    expect(() => decodeCheckpoint(bytes, { a: 1, b: [3] })).toThrow(CheckpointError);
  });

  it.each<[string, Record<string, string>]>([
    ['another format', { format: 'other' }],
    ['a later version', { formatVersion: '2' }],
    ['no progress', { progress: '' }],
    ['an incomplete progress', { progress: '{"step":1}' }],
    ['a progress of strings', { progress: '{"step":"1","smoothedLoss":1,"seconds":1}' }],
  ])('refuses %s', (_, changes) => {
    const metadata = {
      format: 'kernelcast.checkpoint',
      formatVersion: '1',
      identity: '{}',
      progress: JSON.stringify(progress),
      ...changes,
    };
    expect(() => decodeCheckpoint(encodeWeights(tensors, 'f32', metadata), {})).toThrow(CheckpointError);
  });
});
