import { deriveSeed } from './seeds.js';

describe('deriveSeed', () => {
  it('gives every event a seed of its own', () => {
    const seeds = [0, 1, 2].flatMap((seed) =>
      [1, 2, 3].flatMap((stream) => Array.from({ length: 100 }, (_, index) => deriveSeed(seed, stream, index))),
    );
    expect(new Set(seeds).size).toBe(900);
    expect(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32)).toBe(true);
  });

  it('never changes, so that old runs can be repeated', () => {
    expect([deriveSeed(0, 1, 0), deriveSeed(7, 2, 300)]).toMatchInlineSnapshot(`
     [
       3097737238,
       717101294,
     ]
    `);
  });
});
