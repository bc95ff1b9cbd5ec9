import { checkFeatures } from './run-base.js';

const featuresOf = (...images: readonly (readonly [number, number])[]) => Float32Array.from(images.flat());

describe('the features of a base network', () => {
  it('are good when they are finite and differ with the images', () => {
    expect(checkFeatures(featuresOf([1, 2], [1, 2], [1, 2], [1, 3]), 2)).toEqual([]);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('are a fault when one is %s, which is named', (value) => {
    expect(checkFeatures(featuresOf([1, 2], [1, value], [3, 4], [5, 6]), 2)).toEqual([
      expect.objectContaining({ code: 'output_not_finite', severity: 'error', detail: `feature 1 is ${value}` }),
    ]);
  });

  it('are a fault when there are more or fewer than the graph says', () => {
    expect(checkFeatures(featuresOf([1, 2], [3, 4], [5, 6], [7, 8]), 3)).toMatchObject([
      { code: 'wrong_feature_size', detail: '2 features of an image, not 3 as the graph says' },
    ]);
  });

  it('are only worth a warning when they do not depend on the image', () => {
    expect(checkFeatures(featuresOf([1, 2], [1, 2], [1, 2], [1, 2]), 2)).toMatchObject([
      { code: 'output_constant', severity: 'warning' },
    ]);
  });
});
