import { createPrng } from '@kernelcast/artifact';
import { drawCrop, resizeCrop } from './crop.js';

const size = (height: number, width: number, channels = 1) => ({ height, width, channels }) as const;
const enlarge = (pixels: number[], height: number, width: number, crop: Parameters<typeof resizeCrop>[3]) => {
  const target = new Uint8Array(pixels.length);
  resizeCrop(Uint8Array.from(pixels), target, size(height, width, pixels.length / height / width), crop);
  return [...target];
};

describe('drawCrop', () => {
  const crops = (scale: number) => {
    const prng = createPrng(3);
    return Array.from({ length: 2000 }, () => drawCrop(prng, size(40, 60), scale));
  };

  it('stays inside the image and near the area asked for', () => {
    const all = crops(0.25);
    for (const { top, left, height, width } of all) {
      expect(Math.min(top, left, height - 1, width - 1)).toBeGreaterThanOrEqual(0);
      expect(top + height <= 40 && left + width <= 60).toBe(true);
    }
    const shares = all.map(({ height, width }) => (height * width) / 2400);
    // Sides are whole pixels: half a pixel of 20 by 30 is 4 % of the area.
    expect(Math.min(...shares)).toBeGreaterThan(0.25 * 0.95);
    expect(Math.min(...shares)).toBeLessThan(0.3);
    expect(Math.max(...shares)).toBeGreaterThan(0.9);
  });

  it('stretches by no more than 4:3, both ways', () => {
    const stretches = crops(0.25)
      .filter(({ height, width }) => height < 40 && width < 60)
      .map(({ height, width }) => width / height / 1.5);
    expect(Math.max(...stretches)).toBeLessThan(4 / 3 + 0.1);
    expect(Math.max(...stretches)).toBeGreaterThan(1.25);
    expect(Math.min(...stretches)).toBeGreaterThan(3 / 4 - 0.1);
    expect(Math.min(...stretches)).toBeLessThan(0.8);
  });

  it('takes four draws, whatever comes out', () => {
    const [first, second] = [createPrng(9), createPrng(9)];
    drawCrop(first, size(2, 2), 0.01);
    for (let i = 0; i < 4; i++) second.nextUint32();
    expect(first.getState()).toEqual(second.getState());
  });
});

describe('resizeCrop', () => {
  it('gives the whole image back as it is', () => {
    const pixels = Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 53) % 256);
    expect(enlarge(pixels, 5, 4, { top: 0, left: 0, height: 5, width: 4 })).toEqual(pixels);
  });

  it('interpolates between the centres of pixels, and repeats the edge', () => {
    // Two pixels over four: centres fall at -0.25, 0.25, 0.75 and 1.25 of them.
    expect(enlarge([9, 0, 100, 9], 1, 4, { top: 0, left: 1, height: 1, width: 2 })).toEqual([0, 25, 75, 100]);
    expect(enlarge([9, 0, 100, 9], 4, 1, { top: 1, left: 0, height: 2, width: 1 })).toEqual([0, 25, 75, 100]);
  });

  it('never looks outside of the cut-out', () => {
    expect(enlarge([255, 7, 255, 255], 2, 2, { top: 0, left: 1, height: 1, width: 1 })).toEqual([7, 7, 7, 7]);
  });
});
