import type { InputSpec } from '@kernelcast/nets';

/** Size of one image, uint8 `[h, w, c]`. */
export type ImageSize = Pick<InputSpec, 'height' | 'width' | 'channels'>;

/** What may happen to a training image; every operation can be switched off. */
export interface Augmentation {
  /** Largest move in each direction, in pixels; 0 is off. */
  readonly shiftPixels: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** Least share of the area that is cut out and enlarged, in (0, 1]; 1 is off. */
  readonly cropScale: number;
  /** Strength of the change of brightness, contrast and saturation, in [0, 1]; 0 is off. */
  readonly colourJitter: number;
  /** Side of the square that is painted over, in pixels; 0 is off. */
  readonly cutoutPixels: number;
}
