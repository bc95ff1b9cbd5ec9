import { createPrng } from '@kernelcast/artifact';
import { drawCutout, paintOver } from './cutout.js';

const size = { height: 4, width: 5, channels: 3 } as const;
const painted = (x: number, y: number, side: number): string[] => {
  const pixels = new Uint8Array(60);
  paintOver(pixels, size, { x, y, side, fill: [7, 8, 9] });
  expect([...pixels].every((value, i) => value === 0 || value === 7 + (i % 3))).toBe(true);
  return [0, 1, 2, 3].map((row) => [0, 1, 2, 3, 4].map((column) => (pixels[(row * 5 + column) * 3] ? '#' : '.')).join('')); // prettier-ignore
};

describe('paintOver', () => {
  it('paints a square around its centre', () => {
    expect(painted(2, 1, 3)).toEqual(['.###.', '.###.', '.###.', '.....']);
    expect(painted(2, 2, 2)).toEqual(['.....', '.##..', '.##..', '.....']);
  });

  it('paints what of the square is inside', () => {
    expect(painted(0, 3, 3)).toEqual(['.....', '.....', '##...', '##...']);
    expect(painted(4, 0, 20)).toEqual(['#####', '#####', '#####', '#####']);
  });
});

it('drawCutout reaches every pixel', () => {
  const prng = createPrng(1);
  const centres = Array.from({ length: 400 }, () => drawCutout(prng, size)).map(({ x, y }) => `${x},${y}`);
  expect(new Set(centres).size).toBe(20);
});
