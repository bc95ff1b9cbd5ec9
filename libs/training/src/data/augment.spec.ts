import { createHash } from 'node:crypto';
import type { InputSpec } from '@kernelcast/nets';
import { augment, augments } from './augment.js';
import type { Augmentation } from './augment.js';

const OFF: Augmentation = { shiftPixels: 0, flip: false, cropScale: 1, colourJitter: 0, cutoutPixels: 0 };
const input = (height: number, width: number): InputSpec => {
  return { height, width, channels: 3, mean: [0.2, 0.4, 0.6], std: [1, 1, 1] };
};
const run = (images: Uint8Array, spec: InputSpec, options: Partial<Augmentation>, seed = 1): Uint8Array => {
  const target = new Uint8Array(images.length);
  augment(images, target, spec, { ...OFF, ...options, seed });
  return target;
};
/** Each number three times: grey. */
const grey = (...values: number[]): number[] => values.flatMap((value) => [value, value, value]);

describe('augment by place', () => {
  const image = grey(1, 2, 3, 4, 5, 6);
  const variants = (options: Partial<Augmentation>) => {
    const images = Uint8Array.from(Array.from({ length: 200 }, () => image).flat());
    const all = run(images, input(2, 3), options).filter((_, i) => i % 3 === 0);
    return new Set(Array.from({ length: 200 }, (_, n) => all.subarray(n * 6, n * 6 + 6).join()));
  };

  it('leaves images alone when there is nothing to do', () => {
    expect(variants({})).toEqual(new Set(['1,2,3,4,5,6']));
    expect(augments(OFF)).toBe(false);
  });

  it('mirrors left to right', () => {
    expect(variants({ flip: true })).toEqual(new Set(['1,2,3,4,5,6', '3,2,1,6,5,4']));
  });

  it('moves by up to one pixel each way, and repeats the edge', () => {
    const all = variants({ shiftPixels: 1 });
    expect(all.size).toBe(9);
    for (const moved of ['4,5,6,4,5,6', '1,2,3,4,5,6', '1,2,3,1,2,3', '2,3,3,5,6,6', '1,1,2,4,4,5']) {
      expect(all).toContain(moved);
    }
  });
});

describe('augment', () => {
  const spec = input(5, 6);
  const images = Uint8Array.from({ length: 4 * 90 }, (_, i) => (i * 37) % 251);
  const chosen = Uint8Array.from([3, 0, 2, 1, 1].flatMap((n) => [...images.subarray(n * 90, (n + 1) * 90)]));

  it('never changes what it made by a seed, so that old runs can be repeated', () => {
    const placed = run(chosen, spec, { shiftPixels: 2, flip: true }, 77);
    // Of the version that could do no more than this.
    expect(createHash('sha256').update(placed).digest('hex')).toBe(
      '4b7936ea41b6610a230be11fa78fce986abf0d24dd11c20ced7b6baf7b2ca3d2',
    );
    const all = run(chosen, spec, { shiftPixels: 2, flip: true, cropScale: 0.3, colourJitter: 0.5, cutoutPixels: 2 });
    expect(createHash('sha256').update(all).digest('hex')).toMatchInlineSnapshot(
      `"e3af6d1b9260d0dcdc39aeb8f926a61a5fa6a2dcc0e8de7a4b545ae3467bcb6e"`,
    );
  });

  it.each<Partial<Augmentation>>([
    { flip: true },
    { shiftPixels: 1 },
    { cropScale: 0.5 },
    { colourJitter: 0.3 },
    { cutoutPixels: 2 },
  ])('repeats by seed, and changes images by %j', (options) => {
    expect(augments({ ...OFF, ...options })).toBe(true);
    expect(run(images, spec, options)).toEqual(run(images, spec, options));
    expect(run(images, spec, options)).not.toEqual(run(images, spec, options, 2));
    expect(run(images, spec, options)).not.toEqual(images);
  });

  it('changes nothing about one operation by switching on another', () => {
    // A flat image shows nothing of moves, mirrors and cut-outs, so what is left is colour and paint.
    const flat = new Uint8Array(4 * 90).fill(100);
    const painted = run(flat, spec, { cutoutPixels: 3 });
    expect(run(flat, spec, { cutoutPixels: 3, shiftPixels: 2, flip: true, cropScale: 0.4 })).toEqual(painted);
    const coloured = run(flat, spec, { colourJitter: 0.5 });
    const both = run(flat, spec, { colourJitter: 0.5, cutoutPixels: 3 });
    expect(both.every((value, i) => value === coloured[i] || value === painted[i])).toBe(true);
  });
});
