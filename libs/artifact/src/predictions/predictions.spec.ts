import fc from 'fast-check';
import { decodePredictions, encodePredictions, IMAGE_KEY_BYTES, type TestPredictions } from './predictions.js';

const some: TestPredictions = {
  labels: ['cat', 'dog'],
  images: Uint8Array.from({ length: 3 * IMAGE_KEY_BYTES }, (_, n) => n),
  truth: Uint16Array.of(0, 1, 1),
  predicted: Uint16Array.of(0, 0, 1),
  probability: Float32Array.of(0.5, 0.75, 1),
};
const refusal = expect.objectContaining({ name: 'ArtifactError' });

describe('a file of predictions', () => {
  it('gives back what was written', () => {
    expect(decodePredictions(encodePredictions(some))).toEqual(some);
  });

  it.each([
    ['a class that is none', { predicted: Uint16Array.of(0, 0, 2) }],
    ['a probability that is none', { probability: Float32Array.of(0.5, 0.5, NaN) }],
    ['probabilities of fewer images', { probability: Float32Array.of(0.5) }],
    ['keys of fewer images', { images: new Uint8Array(IMAGE_KEY_BYTES) }],
    ['no classes', { labels: [] }],
  ])('is not written with %s', (_what, change) => {
    expect(() => encodePredictions({ ...some, ...change })).toThrow(refusal);
  });

  it('is refused in no other way than that, whatever is changed in it', () => {
    const bytes = encodePredictions(some);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, to, length) => {
        const changed = bytes.slice(0, length);
        if (at < length) changed[at] = to;
        try {
          decodePredictions(changed);
        } catch (error) {
          expect(error).toEqual(refusal);
        }
      }),
    );
  });
});
