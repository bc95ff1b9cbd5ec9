import fc from 'fast-check';
import { drawCurve } from './braille.js';

const options = { columns: 2, rows: 1, maxX: 3, minY: 0, maxY: 3 };

describe('drawCurve', () => {
  it('puts each dot where Unicode says', () => {
    const diagonal = [0, 1, 2, 3].map((x) => ({ x, y: x }));
    // Dots 7 and 6 of the first cell, 2 and 4 of the second.
    expect(drawCurve(diagonal, options)).toEqual([String.fromCodePoint(0x2800 | 0x40 | 0x20, 0x2800 | 0x02 | 0x08)]);
  });

  it('fills a step, so that the curve stays one line', () => {
    const step = [
      { x: 0, y: 0 },
      { x: 1, y: 3 },
    ];
    expect(drawCurve(step, { ...options, columns: 1, maxX: 1 })).toEqual([
      String.fromCodePoint(0x2800 | 0x40 | 0x08 | 0x10 | 0x20),
    ]);
  });

  it('goes straight from one point to a far one', () => {
    const ends = [
      { x: 0, y: 0 },
      { x: 3, y: 3 },
    ];
    expect(drawCurve(ends, options)).toEqual(
      drawCurve(
        [0, 1, 2, 3].map((x) => ({ x, y: x })),
        options,
      ),
    );
  });

  it('takes the mean of points that share a column', () => {
    const crowd = [0, 3, 0, 3].map((y) => ({ x: 0, y }));
    expect(drawCurve(crowd, { ...options, rows: 2 })[0]).toBe(
      drawCurve([{ x: 0, y: 1.5 }], { ...options, rows: 2 })[0],
    );
  });

  it('draws inside its frame whatever it is given', () => {
    const point = fc.record({ x: fc.double(), y: fc.double() });
    fc.assert(
      fc.property(
        fc.array(point),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        (points, columns, rows) => {
          const lines = drawCurve(points, { columns, rows, maxX: 10, minY: 0, maxY: 0 });
          expect(lines).toHaveLength(rows);
          for (const line of lines) expect(line).toMatch(new RegExp(`^[\\u2800-\\u28FF]{${columns}}$`));
        },
      ),
    );
  });
});
