import { createPrng } from '@kernelcast/artifact';
import type { Prng } from '@kernelcast/artifact';
import type { ImageSet } from '@kernelcast/nets/node';
import { EpisodeError } from '../meta.errors.js';
import type { ClassImages } from './class-images.js';

/** N-way K-shot: what a task of an episode looks like. */
export interface EpisodeShape {
  /** Classes. */
  readonly ways: number;
  /** Images of each class to learn from. */
  readonly shots: number;
  /** Other images of each class to be judged by. */
  readonly queries: number;
}

/** One small classification task; label `n` is the class `classes[n]`. Images come class by class. */
export interface Episode {
  readonly classes: readonly string[];
  /** What the task is learned from: `ways · shots` images. */
  readonly support: ImageSet;
  /** What the result is judged by: `ways · queries` images, none of them in the support. */
  readonly query: ImageSet;
}

/**
 * Draws a task: classes without repetition, then of each class support and query images without repetition.
 * The same classes, shape and seed give the same episode.
 *
 * @throws {EpisodeError} when there are too few classes, or too few images of one.
 */
export function sampleEpisode(classes: readonly ClassImages[], shape: EpisodeShape, seed: number): Episode {
  checkEpisodes(classes, shape);
  const prng = createPrng(seed);
  const chosen = draw(classes, shape.ways, prng);
  const drawings = chosen.map((one) => draw(imagesOf(one), shape.shots + shape.queries, prng));
  return {
    classes: chosen.map(({ name }) => name),
    support: toImageSet(drawings.map((images) => images.slice(0, shape.shots))),
    query: toImageSet(drawings.map((images) => images.slice(shape.shots))),
  };
}

/** @throws {EpisodeError} unless every episode of this shape can be drawn from the classes. */
export function checkEpisodes(classes: readonly ClassImages[], { ways, shots, queries }: EpisodeShape): void {
  const sizes = { ways, shots, queries };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1) throw new EpisodeError(`${name} must be a positive integer, not ${size}`);
  }
  if (ways < 2) throw new EpisodeError('an episode needs two classes to tell apart');
  if (classes.length < ways) throw new EpisodeError(`${classes.length} classes; ${ways} are needed`);
  const poor = classes.find(({ count }) => count < shots + queries);
  if (poor) throw new EpisodeError(`'${poor.name}' has ${poor.count} images; ${shots + queries} are needed`);
}

function imagesOf({ images, count }: ClassImages): Uint8Array[] {
  const size = images.length / count;
  return Array.from({ length: count }, (_, n) => images.subarray(n * size, (n + 1) * size));
}

/** The first steps of a Fisher-Yates shuffle. The modulo favours low numbers by less than `items / 2^32`. */
function draw<T>(items: readonly T[], count: number, prng: Prng): T[] {
  const pool = [...items];
  for (let n = 0; n < count; n++) {
    const other = n + (prng.nextUint32() % (pool.length - n));
    [pool[n], pool[other]] = [pool[other] as T, pool[n] as T];
  }
  return pool.slice(0, count);
}

function toImageSet(byClass: readonly (readonly Uint8Array[])[]): ImageSet {
  const all = byClass.flat();
  const size = all[0]?.length ?? 0;
  const images = new Uint8Array(all.length * size);
  all.forEach((image, n) => images.set(image, n * size));
  const labels = Uint16Array.from(byClass.flatMap((own, label) => own.map(() => label)));
  return { images, labels, count: all.length };
}
