import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { datasetVersionSchema } from '@kernelcast/contracts';
import { tempDir } from '@kernelcast/testing';
import sharp from 'sharp';
import { z } from 'zod';
import { CuttingProxy } from './support/cutting-proxy.js';
import { PlatformUnderTest } from './support/platform.js';
import { exitOf, startApp } from './support/processes.js';

const LONG_MS = 300_000;
const CUTS = 5;
const MEBIBYTE = 1024 ** 2;
/** Pixels of a side of an image of noise, which takes three quarters of a mebibyte. */
const SIDE = 512;
const IMAGES_PER_CLASS = 13;

const resultSchema = z.object({ duplicate: z.boolean(), version: datasetVersionSchema });

const noise = (seed: string): Promise<Buffer> =>
  sharp(
    createHash('shake256', { outputLength: SIDE * SIDE * 3 })
      .update(seed)
      .digest(),
    {
      raw: { width: SIDE, height: SIDE, channels: 3 },
    },
  )
    .png({ compressionLevel: 1 })
    .toBuffer();

describe('kernelcast datasets push', () => {
  const folder = tempDir('e2e-push');
  const images = path.join(folder.path, 'Pets 1');
  let platform: PlatformUnderTest;

  const push = async (server: string) => {
    const env = { KERNELCAST_API_KEY: platform.at.adminApiKey, KERNELCAST_URL: server };
    const { child, output } = startApp('cli', ['datasets', 'push', '--json', images], env);
    const code = await exitOf(child);
    const line = output()
      .split('\n')
      .find((text) => text.startsWith('{'));
    return { code, output: output(), result: () => resultSchema.parse(JSON.parse(line ?? '')) };
  };

  beforeAll(async () => {
    for (const label of ['cat', 'dog']) {
      mkdirSync(path.join(images, label), { recursive: true });
      for (let i = 0; i < IMAGES_PER_CLASS; i++)
        writeFileSync(path.join(images, label, `${i}.png`), await noise(`${label} ${i}`));
    }
    platform = await PlatformUnderTest.start(path.join(folder.path, 'data'));
  }, LONG_MS);
  afterAll(async () => {
    await platform.stop();
    folder.remove();
  }, LONG_MS);

  it(
    'brings a whole folder over a connection that is cut five times, and the same bytes only once',
    async () => {
      const proxy = await CuttingProxy.start({ target: platform.at.registryUrl, afterBytes: 3 * MEBIBYTE, cuts: CUTS });
      const cut = await push(proxy.url);
      proxy.stop();
      expect(cut).toMatchObject({ code: 0 });
      expect(proxy.cuts).toBe(CUTS);
      const { version, duplicate } = cut.result();
      expect(duplicate).toBe(false);
      expect(version).toMatchObject({ state: 'ready', images: 2 * IMAGES_PER_CLASS, labels: ['cat', 'dog'] });
      const straight = await push(platform.at.registryUrl);
      expect(straight.result()).toMatchObject({ duplicate: true, version: { id: version.id, digest: version.digest } });
    },
    LONG_MS,
  );

  it(
    'ends with the code 1 and the report when the folder is not valid',
    async () => {
      writeFileSync(path.join(images, 'cat', 'broken.png'), 'no image');
      const { code, result } = await push(platform.at.registryUrl);
      expect(code).toBe(1);
      expect(result().version).toMatchObject({
        state: 'invalid',
        findings: [{ code: 'not_an_image', severity: 'error', file: 'cat/broken.png' }],
      });
    },
    LONG_MS,
  );
});
