// A dataset that is quick to make: noise around a colour for each class, as PNG files in a zip.
import { buffer } from 'node:stream/consumers';
import { createPrng } from '@kernelcast/artifact';
import sharp from 'sharp';
import { ZipFile } from 'yazl';

const SIDE = 32;
const CHANNELS = 3;
const COLOURS = { blue: [20, 40, 210], green: [30, 200, 50], red: [220, 30, 40] };
const NOISE = 60;
const TEST_IMAGES = 5;

export const LABELS = Object.keys(COLOURS);

function png(colour, prng) {
  const pixels = Uint8Array.from({ length: SIDE * SIDE * CHANNELS }, (_, i) =>
    Math.max(0, Math.min(255, colour[i % CHANNELS] + NOISE * prng.nextNormal())),
  );
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: CHANNELS } })
    .png()
    .toBuffer();
}

/** @param images to train on, of all classes together */
export async function imageZip(images) {
  const prng = createPrng(1);
  const zip = new ZipFile();
  for (const [label, colour] of Object.entries(COLOURS)) {
    for (let i = 0; i < images / LABELS.length; i++) zip.addBuffer(await png(colour, prng), `train/${label}/${i}.png`);
    for (let i = 0; i < TEST_IMAGES; i++) zip.addBuffer(await png(colour, prng), `test/${label}/${i}.png`);
  }
  zip.end();
  return buffer(zip.outputStream);
}
