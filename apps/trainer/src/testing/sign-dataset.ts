import { buffer } from 'node:stream/consumers';
import { createPrng } from '@kernelcast/artifact';
import sharp from 'sharp';
import yazl from 'yazl';

/** Of an image, in pixels, and of the squares that it is made of. */
export const SIGN_SIDE = 16;
const SQUARE = 4;
const SQUARES = SIGN_SIDE / SQUARE;
const RGB = 3;
/** Amplitude of the noise between images of one sign, far less than between signs. */
const NOISE = 30;

export interface SignOptions {
  /** Names of the signs. Each has a pattern of its own, by its name and the seed. */
  readonly labels: readonly string[];
  readonly train: number;
  readonly test: number;
  readonly seed: number;
}

/** A zip of signs: patterns of black and white squares, seen through noise. */
export async function signsZip({ labels, train, test, seed }: SignOptions): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  const prng = createPrng(seed);
  for (const label of labels) {
    const pattern = Array.from({ length: SQUARES ** 2 }, () => (prng.nextFloat() < 0.5 ? 30 : 220));
    for (let i = 0; i < train + test; i++) {
      const name = i < train ? `train/${label}/${i}.png` : `test/${label}/${i}.png`;
      zip.addBuffer(await draw(pattern, () => NOISE * (2 * prng.nextFloat() - 1)), name, { mtime: new Date(0) });
    }
  }
  zip.end();
  return buffer(zip.outputStream);
}

function draw(pattern: readonly number[], noise: () => number): Promise<Buffer> {
  const pixels = Uint8Array.from({ length: SIGN_SIDE ** 2 * RGB }, (_, index) => {
    const [y, x] = [Math.floor(index / RGB / SIGN_SIDE), Math.floor(index / RGB) % SIGN_SIDE];
    return (pattern[Math.floor(y / SQUARE) * SQUARES + Math.floor(x / SQUARE)] ?? 0) + noise();
  });
  return sharp(pixels, { raw: { width: SIGN_SIDE, height: SIGN_SIDE, channels: RGB } })
    .png()
    .toBuffer();
}
