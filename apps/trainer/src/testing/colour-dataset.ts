import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import yazl from 'yazl';

/** Sorted by name these are blue, green, red; the task below names them in another order on purpose. */
const COLOURS = { red: [220, 30, 40], green: [30, 200, 50], blue: [20, 40, 210] } as const;
export const COLOUR_LABELS = ['red', 'green', 'blue'] as const;

const SIZE = 32;
const EACH = { train: 10, test: 4 } as const;
/** Shades between the images of one class, far less than between classes. */
const SHADE = 3;

const plainImage = ([r, g, b]: readonly [number, number, number], shade: number): Promise<Buffer> =>
  sharp({
    create: { width: SIZE, height: SIZE, channels: 3, background: { r: r + shade, g: g + shade, b: b + shade } },
  })
    .png()
    .toBuffer();

const toBytes = async (zip: yazl.ZipFile): Promise<Uint8Array> => {
  zip.end();
  return buffer(zip.outputStream);
};

/** A zip of plain red, green and blue images: 30 to train on, 12 to measure by, told apart by anything that learns. */
export async function colourZip(): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  for (const [split, count] of Object.entries(EACH)) {
    for (const [label, colour] of Object.entries(COLOURS)) {
      for (let i = 0; i < count; i++) {
        const shade = SHADE * (split === 'train' ? i : i + 1);
        zip.addBuffer(await plainImage(colour, shade), `${split}/${label}/${i}.png`);
      }
    }
  }
  return toBytes(zip);
}

/** A valid zip without any image. */
export async function imagelessZip(): Promise<Uint8Array> {
  const zip = new yazl.ZipFile();
  zip.addBuffer(Buffer.from('nothing to see'), 'train/red/readme.txt');
  return toBytes(zip);
}
