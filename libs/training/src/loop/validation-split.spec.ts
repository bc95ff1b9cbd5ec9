import type { Images, ImageSet } from '@kernelcast/nets/node';
import { splitValidation } from './validation-split.js';

/** Images of one pixel that tell their place in the set. */
const images = (...labels: number[]): ImageSet => ({
  images: Uint8Array.from(labels.keys()),
  labels: Uint16Array.from(labels),
  count: labels.length,
});
const many = images(...Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : 1)));
const countOf = ({ labels }: Images, label: number) => labels.filter((one) => one === label).length;

/** The images on both sides, each by its place in the whole. */
function split(set: ImageSet, share: number, seed: number): { train: ImageSet; validation: ImageSet } {
  const { train, validation } = splitValidation(set, share, seed);
  if ('archive' in train || 'archive' in validation) throw new Error('they were in memory');
  return { train, validation };
}

describe('splitValidation', () => {
  const { train, validation } = split(many, 0.25, 7);

  it('holds back the same share of every class', () => {
    expect([countOf(validation, 0), countOf(validation, 1)]).toEqual([20, 5]);
    expect([train.count, validation.count]).toEqual([75, 25]);
  });

  it('puts every image on one side, with its label', () => {
    expect([...train.images, ...validation.images].sort((a, b) => a - b)).toEqual([...many.images]);
    for (const side of [train, validation]) {
      expect([...side.labels]).toEqual([...side.images].map((index) => many.labels[index]));
    }
  });

  it('depends on the seed alone', () => {
    expect(split(many, 0.25, 7).validation).toEqual(validation);
    expect(split(many, 0.25, 8).validation.images).not.toEqual(validation.images);
  });

  it('leaves a lone image in training, and holds back one of two', () => {
    const few = split(images(0, 1, 1), 0.01, 1);
    expect([...few.train.labels]).toEqual([0, 1]);
    expect([...few.validation.labels]).toEqual([1]);
    expect(split(images(0, 1, 2), 0.5, 1).validation.count).toBe(0);
  });
});
