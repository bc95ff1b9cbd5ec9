import { createPrng } from '@kernelcast/artifact';
import type { InputSpec } from '@kernelcast/nets';
import type { Augmentation } from './augment/augment.types.js';
import { changeColours, drawColourChange } from './augment/colour.js';
import { drawCrop, resizeCrop } from './augment/crop.js';
import { drawCutout, paintOver } from './augment/cutout.js';
import { drawPlacement, place } from './augment/place.js';
import { deriveSeed, STREAM } from './seeds.js';

export type { Augmentation } from './augment/augment.types.js';

const BYTE_MAXIMUM = 255;

/** Whether images come out in more than one form. */
export function augments(options: Augmentation): boolean {
  const { shiftPixels, flip, cropScale, colourJitter, cutoutPixels } = options;
  return shiftPixels > 0 || flip || cropScale < 1 || colourJitter > 0 || cutoutPixels > 0;
}

/**
 * Copies images (uint8 `[count, h, w, c]`) changed at random, in this order: cut out and enlarged, moved and mirrored,
 * recoloured, painted over.
 *
 * Every operation draws from a sequence of its own, as often for each image whatever is switched on: to switch one on
 * or off changes nothing about the others.
 *
 * @param images - as they are, in the order of the result
 * @param target - where the result goes, of the same size; may not be `images`
 */
export function augment(
  images: Uint8Array,
  target: Uint8Array,
  spec: InputSpec,
  options: Augmentation & { readonly seed: number },
): void {
  const size = spec.height * spec.width * spec.channels;
  const { seed, cropScale, colourJitter, cutoutPixels } = options;
  const sequence = (stream: number) => createPrng(deriveSeed(seed, stream, 0));
  const placing = createPrng(seed);
  const cropping = sequence(STREAM.crop);
  const colouring = sequence(STREAM.colour);
  const painting = sequence(STREAM.cutout);
  const fill = spec.mean.map((mean) => Math.round(mean * BYTE_MAXIMUM));
  const enlarged = new Uint8Array(cropScale < 1 ? size : 0);
  for (let start = 0; start < images.length; start += size) {
    const result = target.subarray(start, start + size);
    let source = images.subarray(start, start + size);
    if (cropScale < 1) {
      resizeCrop(source, enlarged, spec, drawCrop(cropping, spec, cropScale));
      source = enlarged;
    }
    place(source, result, spec, drawPlacement(placing, options));
    if (colourJitter > 0) changeColours(result, drawColourChange(colouring, colourJitter));
    if (cutoutPixels > 0) paintOver(result, spec, { ...drawCutout(painting, spec), side: cutoutPixels, fill });
  }
}
