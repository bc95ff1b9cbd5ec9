import sharp from 'sharp';
import { decodeImage, IMAGE_LIMITS } from './decode-image.js';

const SIZE = { height: 2, width: 2 };
type Raw = { width: number; height: number; channels: 1 | 2 | 3 | 4 };

function png(pixels: number[], raw: Raw): Promise<Buffer> {
  return sharp(Uint8Array.from(pixels), { raw }).png().toBuffer();
}

describe('decodeImage', () => {
  it('gives a picture of the right size as it is', async () => {
    const pixels = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7];
    expect([...(await decodeImage(await png(pixels, { width: 2, height: 2, channels: 3 }), SIZE))]).toEqual(pixels);
  });

  it('repeats grey in three channels', async () => {
    const image = await sharp(Uint8Array.of(10, 20, 30, 40), { raw: { width: 2, height: 2, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    expect((await sharp(image).metadata()).channels).toBe(1);
    expect([...(await decodeImage(image, SIZE))]).toEqual([10, 10, 10, 20, 20, 20, 30, 30, 30, 40, 40, 40]);
  });

  it('lays transparent pixels over white', async () => {
    const image = await png([0, 0, 0, 0, 1, 2, 3, 255, 0, 0, 0, 255, 0, 0, 0, 0], { width: 2, height: 2, channels: 4 });
    expect([...(await decodeImage(image, SIZE))]).toEqual([255, 255, 255, 1, 2, 3, 0, 0, 0, 255, 255, 255]);
  });

  it('reduces 16 bits to 8', async () => {
    const image = await sharp(Uint8Array.of(50, 60, 70), { raw: { width: 1, height: 1, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(image).metadata()).depth).toBe('ushort');
    expect([...(await decodeImage(image, { height: 1, width: 1 }))]).toEqual([50, 60, 70]);
  });

  it('stretches to the size asked for, height and width in their order', async () => {
    const row = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255];
    const image = await png([...row, ...row, ...row, ...row], { width: 4, height: 4, channels: 3 });
    // Lanczos rings at the edge between the colours, hence not exactly 255 and 0.
    const [leftRed = 0, , leftBlue = 255, rightRed = 255, , rightBlue = 0, ...more] = await decodeImage(image, {
      height: 1,
      width: 2,
    });
    expect([leftRed > 240, leftBlue < 15, rightRed < 15, rightBlue > 240]).toEqual([true, true, true, true]);
    expect(more).toEqual([]);
  });

  it('turns a photo upright by its EXIF orientation', async () => {
    const sideways = await sharp(Uint8Array.of(255, 255, 255, 0, 0, 0), { raw: { width: 2, height: 1, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toBuffer();
    // Orientation 6 is shown turned a quarter clockwise: left becomes top.
    const upright = await decodeImage(sideways, { height: 2, width: 1 });
    expect([...upright]).toEqual([255, 255, 255, 0, 0, 0]);
  });

  it('reads JPEG and WebP', async () => {
    const grey = sharp({ create: { width: 2, height: 2, channels: 3, background: '#808080' } });
    for (const image of [await grey.jpeg().toBuffer(), await grey.webp({ lossless: true }).toBuffer()]) {
      expect([...(await decodeImage(image, SIZE))]).toEqual(Array.from({ length: 12 }, () => 128));
    }
  });

  it.each([
    ['an empty file', () => new Uint8Array(0), /neither PNG, JPEG nor WebP/],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>'), /neither PNG/],
    [
      'text with a PNG signature',
      () => Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.from('no')]),
      /./,
    ],
    ['too many bytes', () => new Uint8Array(IMAGE_LIMITS.bytes + 1), /bytes, more than/],
  ])('refuses %s, naming the file', async (_, bytes, message) => {
    const decoding = decodeImage(bytes(), SIZE, 'cat/1.png');
    await expect(decoding).rejects.toThrow(message);
    await expect(decoding).rejects.toMatchObject({ code: 'image_invalid', file: 'cat/1.png' });
  });

  it('refuses a picture that is cut off', async () => {
    const whole = await png(
      Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256),
      { width: 64, height: 64, channels: 3 },
    );
    await expect(decodeImage(whole.subarray(0, whole.length / 2), SIZE)).rejects.toMatchObject({
      code: 'image_invalid',
    });
  });

  it('refuses a small file that claims more pixels than the limit, before decoding it', async () => {
    const side = 7100; // 50.4 megapixels of one colour: 150 kB as PNG
    const huge = await sharp({ create: { width: side, height: side, channels: 3, background: 'black' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(huge.length).toBeLessThan(IMAGE_LIMITS.bytes);
    await expect(decodeImage(huge, SIZE)).rejects.toThrow(/pixel limit/);
  });
});
