import { EpisodeError } from '../meta.errors.js';
import { drawnClasses } from '../tiny-episodes.fixture.js';
import type { ClassImages } from './class-images.js';
import { sampleEpisode } from './sample-episode.js';
import { splitClasses } from './split-classes.js';
import { withRotations } from './with-rotations.js';

/** Classes of one-pixel images that say which drawing of which class they are. */
const classes: ClassImages[] = Array.from({ length: 6 }, (_, index) => ({
  name: `class ${index}`,
  group: `group ${index % 3}`,
  images: Uint8Array.from({ length: 5 * 3 }, (_unused, at) => 10 * index + Math.floor(at / 3)),
  count: 5,
}));
const pixelsOf = ({ images }: { images: Uint8Array }) => Array.from(images).filter((_, at) => at % 3 === 0);

describe('sampleEpisode', () => {
  const shape = { ways: 3, shots: 2, queries: 3 };

  it('labels each image by the position of its class', () => {
    const { classes: names, support, query } = sampleEpisode(classes, shape, 7);
    expect(Array.from(support.labels)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(Array.from(query.labels)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    for (const set of [support, query]) {
      const shown = pixelsOf(set).map((pixel) => `class ${Math.floor(pixel / 10)}`);
      expect(shown).toEqual(Array.from(set.labels, (label) => names[label]));
    }
  });

  it('never asks for an image it has shown', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { support, query } = sampleEpisode(classes, shape, seed);
      expect(new Set([...pixelsOf(support), ...pixelsOf(query)]).size).toBe(15);
    }
  });

  it('repeats by its seed, and differs by it', () => {
    expect(sampleEpisode(classes, shape, 3)).toEqual(sampleEpisode(classes, shape, 3));
    expect(sampleEpisode(classes, shape, 3)).not.toEqual(sampleEpisode(classes, shape, 4));
  });

  it('draws every class and every image in time, each about as often', () => {
    const seen = new Map<number, number>();
    for (let seed = 0; seed < 600; seed++) {
      for (const pixel of pixelsOf(sampleEpisode(classes, { ways: 2, shots: 1, queries: 1 }, seed).support)) {
        seen.set(pixel, (seen.get(pixel) ?? 0) + 1);
      }
    }
    // 600 · 2 / 30 = 40 expected of each; 15 is four standard deviations below
    expect(seen.size).toBe(30);
    expect(Math.min(...seen.values())).toBeGreaterThan(15);
  });

  it.each([
    ['more classes than there are', { ways: 7, shots: 1, queries: 1 }],
    ['more images than a class has', { ways: 2, shots: 3, queries: 3 }],
    ['a single class', { ways: 1, shots: 1, queries: 1 }],
    ['no query', { ways: 2, shots: 1, queries: 0 }],
    ['half an image', { ways: 2, shots: 1.5, queries: 1 }],
  ])('refuses %s', (_, wrong) => {
    expect(() => sampleEpisode(classes, wrong, 1)).toThrow(EpisodeError);
  });
});

describe('splitClasses', () => {
  it.each(['class', 'group'] as const)('parts all classes by %s, none on both sides', (by) => {
    const { train, test } = splitClasses(classes, { heldOut: 1 / 3, by, seed: 2 });
    expect([train.length, test.length]).toEqual([4, 2]);
    expect(new Set([...train, ...test])).toEqual(new Set(classes));
    const key = (one: ClassImages) => (by === 'group' ? one.group : one.name);
    expect(test.map(key).filter((own) => train.map(key).includes(own))).toEqual([]);
  });

  it('holds something out, however little is asked for', () => {
    expect(splitClasses(classes, { heldOut: 0, by: 'class', seed: 1 }).test).toHaveLength(1);
  });

  it('repeats by its seed, whatever the order of the classes', () => {
    const names = (seed: number, from = classes) =>
      new Set(splitClasses(from, { heldOut: 0.5, by: 'class', seed }).test.map(({ name }) => name));
    expect(names(1, [...classes].reverse())).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
  });
});

describe('withRotations', () => {
  const image: ClassImages = {
    name: 'corner',
    images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
    count: 2,
  };

  it('adds each quarter turn of a class as a class', () => {
    // 1 2 over 3 4, counterclockwise: 2 4 over 1 3, and so on
    const turned = withRotations([image], { height: 2, width: 2, channels: 1 });
    expect(turned.map(({ name, images }) => [name, Array.from(images)])).toEqual([
      ['corner', [1, 2, 3, 4, 5, 6, 7, 8]],
      ['corner turned 90°', [2, 4, 1, 3, 6, 8, 5, 7]],
      ['corner turned 180°', [4, 3, 2, 1, 8, 7, 6, 5]],
      ['corner turned 270°', [3, 1, 4, 2, 7, 5, 8, 6]],
    ]);
  });

  it('keeps the channels of a pixel together', () => {
    const [drawn] = drawnClasses(1, 1, 3);
    const turned = withRotations(drawn ? [drawn] : [], { height: 12, width: 12, channels: 3 });
    for (const { images } of turned) {
      for (let at = 0; at < images.length; at += 3) expect(images[at]).toBe(images[at + 1]);
    }
  });

  it('refuses images that are not square', () => {
    expect(() => withRotations([image], { height: 2, width: 1, channels: 1 })).toThrow(RangeError);
  });
});
