import { IMAGE_KEY_BYTES, type TestPredictions } from '@kernelcast/artifact';
import { matchPredictions } from './match-predictions.js';

type Guess = readonly [image: number, truth: number, predicted: number, probability?: number];

const predictionsOf = (guesses: readonly Guess[], labels = ['cat', 'dog', 'owl']): TestPredictions => ({
  labels,
  images: Uint8Array.from(guesses.flatMap(([image]) => Array<number>(IMAGE_KEY_BYTES).fill(image))),
  truth: Uint16Array.from(guesses, ([, truth]) => truth),
  predicted: Uint16Array.from(guesses, ([, , predicted]) => predicted),
  probability: Float32Array.from(guesses, ([, , , probability = 0.5]) => probability),
});
const key = (image: number) => image.toString(16).padStart(2, '0').repeat(IMAGE_KEY_BYTES);

describe('matchPredictions', () => {
  it('pairs the images that both have, in whatever order, and says how many those are', () => {
    const from = predictionsOf([[1, 0, 0], [2, 1, 0], [3, 1, 1], [4, 2, 0]]); // prettier-ignore
    const to = predictionsOf([[9, 0, 0], [4, 2, 1], [3, 1, 0, 0.75], [2, 1, 1, 0.5], [8, 0, 0]]); // prettier-ignore
    const { flips, ...counts } = matchPredictions(from, to);
    expect(counts).toMatchObject({ shared: 3, fromImages: 4, toImages: 5, flipped: 3 });
    expect(counts).toMatchObject({
      bothRight: 0,
      onlyFromRight: 1,
      onlyToRight: 1,
      bothWrong: 1,
      exactP: 1,
      midP: 0.75,
    });
    expect(flips.map(({ image }) => image)).toEqual([key(3), key(2), key(4)]);
    expect(flips[0]).toEqual({
      image: key(3),
      label: 'dog',
      from: { label: 'dog', probability: 0.5 },
      to: { label: 'cat', probability: 0.75 },
    });
  });

  it('goes by the names of the classes, not by their numbers', () => {
    const to = predictionsOf([[1, 1, 1], [2, 0, 0]], ['dog', 'cat']); // prettier-ignore
    expect(matchPredictions(predictionsOf([[1, 0, 0], [2, 1, 1]]), to)).toMatchObject({ bothRight: 2, flipped: 0 }); // prettier-ignore
  });

  it('does not compare an image that has got another label since', () => {
    expect(matchPredictions(predictionsOf([[1, 0, 0]]), predictionsOf([[1, 1, 1]]))).toMatchObject({ shared: 0 });
  });

  it('pairs a repeated image as often as both have it', () => {
    const [once, thrice] = [predictionsOf([[1, 0, 0]]), predictionsOf([[1, 0, 0], [1, 0, 1], [1, 0, 1]])]; // prettier-ignore
    expect(matchPredictions(thrice, once)).toMatchObject({ shared: 1, bothRight: 1 });
    expect(matchPredictions(thrice, thrice)).toMatchObject({ shared: 3, bothRight: 1, bothWrong: 2, flipped: 0 });
  });

  it('shows the surest of many flips and counts them all', () => {
    const images = Array.from({ length: 150 }, (_, n) => n);
    const from = predictionsOf(images.map((n) => [n, 0, 1] as const));
    const to = predictionsOf(images.map((n) => [n, 0, 0, n / 150] as const));
    const { flipped, flips } = matchPredictions(from, to);
    expect([flipped, flips.length, flips[0]?.image]).toEqual([150, 100, key(149)]);
  });
});
