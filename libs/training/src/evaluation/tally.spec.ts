import { Tally } from './tally.js';

describe('Tally', () => {
  const tally = new Tally(['a', 'b', 'c']);
  // Odds 8:1:1 and 1:8:1 as logits: confidence 0.8 in the class with 8.
  const a = [Math.log(8), 0, 0];
  const b = [0, Math.log(8), 0];
  tally.add(Float32Array.from([...a, ...a, ...b, ...b, ...b]), Uint16Array.of(0, 1, 1, 1, 1));
  const result = tally.result();

  it('counts what was right, in all and by class', () => {
    expect(result).toMatchObject({ top1: 4 / 5, images: 5 });
    expect(result.perClass).toEqual([
      { label: 'a', accuracy: 1, images: 1 },
      { label: 'b', accuracy: 3 / 4, images: 4 },
      { label: 'c', accuracy: 0, images: 0 },
    ]);
  });

  it('tells what was taken for what, truth by prediction', () => {
    expect(result.confusion).toEqual([
      [1, 0, 0],
      [1, 3, 0],
      [0, 0, 0],
    ]);
  });

  it('remembers the prediction for each image', () => {
    expect(tally.predictions()).toEqual(Uint16Array.of(0, 0, 1, 1, 1));
    expect([...tally.confidences()].map((value) => value.toFixed(6))).toEqual(Array(5).fill('0.800000'));
  });

  it('shows mistakes, the surest first, then right answers', () => {
    const shown = new Tally(['a', 'b']);
    shown.add(Float32Array.of(0, 1, 0, 3, 2, 0, 0, 2), Uint16Array.of(0, 0, 0, 1));
    const samples = shown.result().samples.map(({ confidence, ...rest }) => ({ ...rest, confidence: confidence.toFixed(3) })); // prettier-ignore
    expect(samples).toEqual([
      { index: 1, label: 'a', predicted: 'b', confidence: '0.953' },
      { index: 0, label: 'a', predicted: 'b', confidence: '0.731' },
      { index: 2, label: 'a', predicted: 'a', confidence: '0.881' },
      { index: 3, label: 'b', predicted: 'b', confidence: '0.881' },
    ]);
  });

  it('shows no more than 24 mistakes and 8 right answers, these spread over the images', () => {
    const many = new Tally(['a', 'b']);
    for (let n = 0; n < 100; n++) many.add(Float32Array.of(1, 0, 1, 0), Uint16Array.of(0, 1));
    const { samples } = many.result();
    expect(samples).toHaveLength(24 + 8);
    expect(samples.at(-1)?.index).toBeGreaterThan(150);
  });

  it('averages the cross-entropy in nats', () => {
    expect(result.loss).toBeCloseTo((4 * -Math.log(0.8) - Math.log(0.1)) / 5, 6);
  });

  it('finds no calibration error where confidence is the share of hits', () => {
    expect(result.calibrationError).toBeCloseTo(0, 6);
    const sure = new Tally(['a', 'b']);
    sure.add(Float32Array.of(0, Math.log(3)), Uint16Array.of(0));
    expect(sure.result().calibrationError).toBeCloseTo(0.75, 6);
  });
});
