import type { BaseNetworkUploadFields } from '@kernelcast/contracts';
import { importSourceOf } from './import-source.js';

type Files = Parameters<typeof importSourceOf>[1]['files'] extends ReadonlySet<infer F> ? F[] : never;

const sourceOf = (fields: Partial<BaseNetworkUploadFields>, files: Files, shards: string[] = []) =>
  importSourceOf({ name: 'net', ...fields }, { files: new Set(files), shards });

describe('the form of an upload', () => {
  it('is told by its parts', () => {
    expect(sourceOf({}, ['graph', 'weights'])).toEqual({ form: 'graph' });
    expect(sourceOf({ architecture: 'resnet18', inputSize: 64 }, ['weights'])).toEqual({
      form: 'torch',
      architecture: 'resnet18',
      inputSize: 64,
    });
    expect(sourceOf({ mean: [0, 0, 0] }, ['model'], ['b', 'a'])).toEqual({
      form: 'layers-model',
      name: 'net',
      shards: ['b', 'a'],
      mean: [0, 0, 0],
    });
  });

  it.each<[string, Partial<BaseNetworkUploadFields>, Files, string[], string]>([
    ['nothing', {}, [], [], 'A graph comes with the part "graph"'],
    ['a graph alone', {}, ['graph'], [], 'A graph comes with the part "weights"'],
    ['an architecture alone', { architecture: 'conv4' }, [], [], 'A PyTorch state dict comes with the part "weights"'],
    ['an architecture with a graph', { architecture: 'conv4' }, ['weights', 'graph'], [], 'has no part "graph"'],
    ['a model without shards', {}, ['model'], [], 'A LayersModel comes with the part "shards"'],
    ['shards without a model', {}, [], ['a'], 'A LayersModel comes with the part "model"'],
    ['a model with weights', {}, ['model', 'weights'], ['a'], 'A LayersModel has no part "weights"'],
    ['a graph with a mean, which it has itself', { mean: [0, 0, 0] }, ['graph', 'weights'], [], 'has no part "mean"'],
  ])('is refused when it is %s', (_, fields, files, shards, detail) => {
    expect(() => sourceOf(fields, files, shards)).toThrow(detail);
  });
});
