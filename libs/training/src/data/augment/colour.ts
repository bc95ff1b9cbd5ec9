import type { Prng } from '@kernelcast/artifact';

/** Factors around 1. */
export interface ColourChange {
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
}

const RGB = 3;
/** Share of red, green and blue in the brightness that people see: ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/** Each factor uniform in `[1 - colourJitter, 1 + colourJitter]`. Three draws. */
export function drawColourChange(prng: Prng, colourJitter: number): ColourChange {
  const factor = () => 1 + colourJitter * (2 * prng.nextFloat() - 1);
  return { brightness: factor(), contrast: factor(), saturation: factor() };
}

/**
 * Changes an RGB image (uint8 `[h, w, 3]`) in place: brightness scales all, contrast scales the distance from the
 * image's mean grey, saturation that from each pixel's own grey. Rounded and clipped once, at the end.
 */
export function changeColours(pixels: Uint8Array, { brightness, contrast, saturation }: ColourChange): void {
  const offset = (1 - contrast) * brightness * meanGrey(pixels);
  const scale = contrast * brightness;
  // Contrast and brightness together are linear, so a pixel's grey goes through the same line as its colours.
  const [own, mixed] = [scale * saturation, scale * (1 - saturation)];
  // It rounds and clips by itself.
  const clipped = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.length);
  for (let i = 0; i < pixels.length; i += RGB) {
    const common = mixed * greyAt(pixels, i) + offset;
    for (let c = i; c < i + RGB; c++) clipped[c] = own * (pixels[c] ?? 0) + common;
  }
}

function meanGrey(pixels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += RGB) sum += greyAt(pixels, i);
  return (sum * RGB) / pixels.length;
}

function greyAt(pixels: Uint8Array, i: number): number {
  return LUMA[0] * (pixels[i] ?? 0) + LUMA[1] * (pixels[i + 1] ?? 0) + LUMA[2] * (pixels[i + 2] ?? 0);
}
