import type { Augmentation } from './augment.js';
import { featureChunks, rowsOf } from './features.js';

const OFF: Augmentation = { shiftPixels: 0, flip: false, cropScale: 1, colourJitter: 0, cutoutPixels: 0 };

describe('featureChunks', () => {
  it('covers all images once where nothing is augmented', () => {
    expect(featureChunks(300, 4, OFF)).toEqual([
      { variant: 0, start: 0, end: 128 },
      { variant: 0, start: 128, end: 256 },
      { variant: 0, start: 256, end: 300 },
    ]);
  });

  it.each<Partial<Augmentation>>([
    { shiftPixels: 1 },
    { flip: true },
    { cropScale: 0.5 },
    { colourJitter: 0.1 },
    { cutoutPixels: 2 },
  ])('covers them once for every variant by %j', (change) => {
    expect(featureChunks(130, 2, { ...OFF, ...change })).toEqual([
      { variant: 0, start: 0, end: 128 },
      { variant: 0, start: 128, end: 130 },
      { variant: 1, start: 0, end: 128 },
      { variant: 1, start: 128, end: 130 },
    ]);
  });
});

it('rowsOf takes rows in the order asked for', () => {
  expect(rowsOf(Float32Array.of(1, 2, 3, 4, 5, 6), Uint32Array.of(2, 0, 2), 2)).toEqual(
    Float32Array.of(5, 6, 1, 2, 5, 6),
  );
});
