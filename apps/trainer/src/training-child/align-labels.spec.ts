import type { ImageSet, LoadedDataset } from '@kernelcast/nets/node';
import { alignLabels, LabelsMismatchError } from './align-labels.js';

const set = (...labels: number[]): ImageSet => ({
  images: new Uint8Array(labels.length),
  labels: Uint16Array.from(labels),
  count: labels.length,
});
const dataset = (labels: string[]): LoadedDataset => ({ labels, train: set(0, 1, 2, 2), test: set(2, 0) });

describe('alignLabels', () => {
  it("renumbers the dataset's classes in the order of the task", () => {
    const aligned = alignLabels(dataset(['blue', 'green', 'red']), ['red', 'green', 'blue']);
    expect(aligned.labels).toEqual(['red', 'green', 'blue']);
    expect([...aligned.train.labels]).toEqual([2, 1, 0, 0]);
    expect([...aligned.test.labels]).toEqual([0, 2]);
  });

  it('shares the images', () => {
    const original = dataset(['a', 'b', 'c']);
    expect(alignLabels(original, ['c', 'b', 'a']).train.images).toBe(original.train.images);
  });

  it('refuses a dataset that lacks a class or has one too many, naming both', () => {
    expect(() => alignLabels(dataset(['a', 'b', 'x']), ['a', 'b', 'c'])).toThrow(LabelsMismatchError);
    expect(() => alignLabels(dataset(['a', 'b', 'x']), ['a', 'b', 'c'])).toThrow(
      "the dataset has no class 'c'; the task has no label 'x'",
    );
  });
});
