import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import sharp from 'sharp';
import yazl from 'yazl';
import type { InputSpec } from '@kernelcast/nets';
import { openDatasetZip, readDatasetZip } from '@kernelcast/nets/node';
import type { ImageFiles, Images } from '@kernelcast/nets/node';
import { shareImages } from '../../parallel/shared-inputs.js';
import { createBatchOrder } from '../order.js';
import { createFeed } from './create-feed.js';
import type { BatchFeed, BatchRecipe } from './feed.types.js';
import { createInlineFeed } from './inline-feed.js';
import { createThreadFeed } from './thread-feed.js';
import type { ThreadFeed } from './thread-feed.js';

/** The thread runs outside of the test runner, so it is the built one: `npx nx build training`. */
const entry = path.resolve(import.meta.dirname, '../../../dist/data/feed/feed-thread.js');
const INPUT: InputSpec = { height: 6, width: 5, channels: 3, mean: [0.5, 0.5, 0.5], std: [1, 1, 1] };
const COUNT = 11;
const AUGMENTATION = { shiftPixels: 1, flip: true, cropScale: 0.5, colourJitter: 0.3, cutoutPixels: 2 };

let folder: string;
let open: BatchFeed[] = [];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kernelcast-feeds-'));
});
afterEach(async () => {
  await Promise.all(open.map((feed) => feed.close()));
  open = [];
});
afterAll(() => rm(folder, { recursive: true }));

const memory = (): Images => ({
  images: Uint8Array.from({ length: COUNT * 90 }, (_, i) => (i * 37) % 251),
  labels: Uint16Array.from({ length: COUNT }, (_, i) => i % 3),
  count: COUNT,
});
const recipe = (images: Images, changes: Partial<BatchRecipe> = {}): BatchRecipe => {
  return { input: INPUT, images, batchSize: 4, balanced: false, augmentation: AUGMENTATION, seed: 5, ...changes };
};
const onThread = (made: BatchRecipe, slots?: number): ThreadFeed => {
  const feed = createThreadFeed({ ...made, images: shareImages(made.images) }, { entry, slots });
  open.push(feed);
  return feed;
};
const inline = async (made: BatchRecipe): Promise<BatchFeed> => {
  const feed = await createInlineFeed(made);
  open.push(feed);
  return feed;
};
const batches = async (feed: BatchFeed, steps: readonly number[]) => {
  const seen = [];
  for (const step of steps) {
    const { images, labels } = await feed.at(step);
    seen.push({ images: [...images], labels: [...labels] });
  }
  return seen;
};
const untilAhead = async (feed: ThreadFeed, batches: number): Promise<void> => {
  while (feed.ahead < batches) await new Promise(setImmediate);
};

async function zipOf(name: string, broken: readonly string[] = []): Promise<string> {
  const zip = new yazl.ZipFile();
  for (let i = 0; i < 8; i++) {
    const raw = Uint8Array.from({ length: 8 * 9 * 3 }, (_, at) => (at * 11 * (i + 1)) % 256);
    const image = await sharp(raw, { raw: { width: 8, height: 9, channels: 3 } })
      .png()
      .toBuffer();
    const file = `train/${'ab'[i % 2]}/${i}.png`;
    zip.addBuffer(broken.includes(file) ? image.subarray(0, 60) : image, file);
    if (i < 1) zip.addBuffer(image, 'test/a/1.png');
  }
  zip.end();
  const archive = path.join(folder, name);
  await pipeline(zip.outputStream, createWriteStream(archive));
  return archive;
}
const streamed = async (archive: string): Promise<ImageFiles> =>
  (await openDatasetZip(archive, INPUT, { limits: { decodedBytes: 1 } })).train as ImageFiles;

const STEPS = [0, 1, 2, 3, 4, 5, 2, 3, 9, 0, 1];

describe('a feed on a thread', () => {
  it.each([false, true])('gives what is prepared in place, in any order of steps (balanced: %p)', async (balanced) => {
    const made = recipe(memory(), { balanced });
    expect(await batches(onThread(made), STEPS)).toEqual(await batches(await inline(made), STEPS));
  });

  it('gives of images in an archive what it gives of the same in memory', async () => {
    const archive = await zipOf('same.zip');
    const { train } = await readDatasetZip(archive, INPUT);
    const files = await streamed(archive);
    const expected = await batches(await inline(recipe({ ...train, images: train.images.slice() })), STEPS);
    expect(await batches(onThread(recipe(files)), STEPS)).toEqual(expected);
    expect(await batches(await inline(recipe(files)), STEPS)).toEqual(expected);
  });

  it('prepares ahead what it has room for, and leaves alone the batch in use', async () => {
    const made = recipe(memory());
    const feed = onThread(made, 3);
    const held = await feed.at(0);
    await untilAhead(feed, 2);
    const expected = await batches(await inline(made), [0, 1, 2]);
    expect([...held.images]).toEqual(expected[0]?.images);
    const size = feed.ring.images.length / 3;
    const slots = [0, 1, 2].map((slot) => [...feed.ring.images.subarray(slot * size, (slot + 1) * size)].join());
    expect(new Set(slots)).toEqual(new Set(expected.map(({ images }) => images.join())));
  });

  it('counts the steps that had to wait, but for the first and those after a jump', async () => {
    const single = onThread(recipe(memory()), 1);
    await batches(single, [0, 1, 2, 7, 8]);
    expect(single.starvation.steps).toBe(3);
    expect(single.starvation.milliseconds).toBeGreaterThan(0);
  });

  it('lets no step wait whose batch is ready', async () => {
    const feed = onThread(recipe(memory()), 3);
    await feed.at(0);
    await untilAhead(feed, 2);
    await feed.at(1);
    await feed.at(2);
    expect(feed.starvation).toEqual({ steps: 0, milliseconds: 0 });
  });

  it('fails at the step whose image cannot be decoded, and at no other', async () => {
    const files = await streamed(await zipOf('broken.zip', ['train/b/3.png']));
    const made = recipe(files, { batchSize: 2 });
    const bad = files.names.indexOf('train/b/3.png');
    const order = createBatchOrder({ ...made, labels: files.labels });
    const isBad = [0, 1, 2, 3].map((step) => order.at(step).includes(bad));
    expect(isBad.filter(Boolean)).toHaveLength(1);
    const feed = onThread(made);
    for (const [step, fails] of isBad.entries()) {
      const asked = feed.at(step);
      if (fails) await expect(asked).rejects.toMatchObject({ name: 'ImageError', file: 'train/b/3.png' });
      else expect((await asked).labels).toHaveLength(2);
    }
  });

  it('fails when its archive is gone', async () => {
    const archive = await zipOf('gone.zip');
    const files = await streamed(archive);
    await rm(archive);
    await expect(onThread(recipe(files)).at(0)).rejects.toMatchObject({ code: 'dataset_invalid' });
  });

  it('lets nobody wait once it is closed', async () => {
    const feed = onThread(recipe(memory()));
    const waiting = expect(feed.at(0)).rejects.toMatchObject({ code: 'feed_closed' });
    await feed.close();
    await waiting;
    await expect(feed.at(1)).rejects.toMatchObject({ code: 'feed_closed' });
  });

  it('says so when its program does not start', async () => {
    const feed = createThreadFeed(recipe(shareImages(memory())), { entry: path.join(folder, 'missing.mjs') });
    open.push(feed);
    await expect(feed.at(0)).rejects.toThrow(/Cannot find module/);
  });
});

it('createFeed uses a thread only for images that threads can share', async () => {
  const kinds = [memory(), shareImages(memory()), await streamed(await zipOf('kinds.zip'))];
  const feeds = await Promise.all(kinds.map((images) => createFeed(recipe(images))));
  open.push(...feeds);
  expect(feeds.map((feed) => 'ring' in feed)).toEqual([false, true, true]);
});
