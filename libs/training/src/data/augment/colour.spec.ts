import { createPrng } from '@kernelcast/artifact';
import { changeColours, drawColourChange } from './colour.js';

const SAME = { brightness: 1, contrast: 1, saturation: 1 };
const changed = (pixels: number[], change: Partial<typeof SAME>): number[] => {
  const copy = Uint8Array.from(pixels);
  changeColours(copy, { ...SAME, ...change });
  return [...copy];
};

describe('changeColours', () => {
  const pixels = [10, 20, 30, 200, 100, 0];

  it('leaves an image alone by factors of one', () => {
    expect(changed(pixels, {})).toEqual(pixels);
  });

  it('scales by brightness, and clips', () => {
    expect(changed(pixels, { brightness: 1.5 })).toEqual([15, 30, 45, 255, 150, 0]);
  });

  it("scales the distance from the image's mean grey by contrast", () => {
    // Grey of the pixels: 0.299·10 + 0.587·20 + 0.114·30 = 18.15, 0.299·200 + 0.587·100 = 118.5; their mean 68.325.
    expect(changed(pixels, { contrast: 0 })).toEqual([68, 68, 68, 68, 68, 68]);
    expect(changed(pixels, { contrast: 0.5 })).toEqual([39, 44, 49, 134, 84, 34]);
  });

  it("scales the distance from each pixel's grey by saturation", () => {
    // 118.5 is rounded to the even number.
    expect(changed(pixels, { saturation: 0 })).toEqual([18, 18, 18, 118, 118, 118]);
    expect(changed([100, 100, 100], { saturation: 2 })).toEqual([100, 100, 100]);
  });
});

it('drawColourChange spreads each factor around one by the strength', () => {
  const prng = createPrng(4);
  const all = Array.from({ length: 500 }, () => drawColourChange(prng, 0.4));
  for (const factor of ['brightness', 'contrast', 'saturation'] as const) {
    const values = all.map((change) => change[factor]);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0.6);
    expect(Math.min(...values)).toBeLessThan(0.65);
    expect(Math.max(...values)).toBeGreaterThan(1.35);
    expect(Math.max(...values)).toBeLessThanOrEqual(1.4);
  }
});
