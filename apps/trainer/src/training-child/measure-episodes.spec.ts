import { checkShapes, estimate, shapesFor } from './measure-episodes.js';

const classes = ['a', 'b', 'c'].map((name) => ({ name, images: new Uint8Array(6), count: 6 }));

describe('tasks of held-out classes', () => {
  it('have all the classes there are, when these are fewer than in training', () => {
    expect(shapesFor(classes, { ways: 5, shots: [1, 2], queries: 3 })).toEqual([
      { ways: 3, shots: 1, queries: 3 },
      { ways: 3, shots: 2, queries: 3 },
    ]);
  });

  it('are refused at once when a class has too few images', () => {
    const shapes = shapesFor(classes, { ways: 2, shots: [1, 4], queries: 3 });
    expect(() => checkShapes(classes, shapes)).toThrow("'a' has 6 images; 7 are needed");
    expect(() => checkShapes(classes, shapes.slice(0, 1))).not.toThrow();
  });
});

describe('an estimate', () => {
  it('is the mean, give or take 1.96 standard errors', () => {
    // Deviations ±0.1 of four values: variance 0.04 / 3, standard error √(0.04 / 3 / 4) = 0.057735.
    const { accuracy, halfWidth } = estimate([0.5, 0.7, 0.5, 0.7]);
    expect(accuracy).toBeCloseTo(0.6, 12);
    expect(halfWidth).toBeCloseTo(1.96 * 0.057735, 6);
  });
});
