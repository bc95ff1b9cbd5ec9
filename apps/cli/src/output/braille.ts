/** Dots of a braille cell by row and column (Unicode chapter 21.1: dots 1-8 are bits 0-7 above U+2800). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const ROWS = DOTS.length;
const COLUMNS = 2;
const BLANK = 0x2800;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface ChartOptions {
  /** Cells across, and lines: each cell is two dots by four. */
  readonly columns: number;
  readonly rows: number;
  /** What the right edge stands for; the left edge is 0. */
  readonly maxX: number;
  /** What the lower and the upper edge stand for. */
  readonly minY: number;
  readonly maxY: number;
}

/** Draws a curve through points, in the order of their x, as lines of braille characters, the uppermost first. */
export const drawCurve = (points: readonly Point[], options: ChartOptions): string[] => {
  const [width, height] = [options.columns * COLUMNS, options.rows * ROWS];
  const cells = Array.from({ length: options.rows }, () => new Uint8Array(options.columns));
  const set = (x: number, y: number) => {
    const row = cells[Math.floor(y / ROWS)];
    const column = Math.floor(x / COLUMNS);
    if (row && column >= 0 && column < row.length)
      row[column] = (row[column] ?? 0) | (DOTS[y % ROWS]?.[x % COLUMNS] ?? 0);
  };
  const heights = columnHeights(points, options, width);
  let before: number | undefined;
  heights.forEach((share, x) => {
    if (share === undefined) return;
    const y = height - 1 - Math.round(share * (height - 1));
    // A steep curve stays one line: the gap to the column before is filled.
    const from = before === undefined ? y : before + Math.sign(y - before);
    for (let at = Math.min(from, y); at <= Math.max(from, y); at += 1) set(x, at);
    before = y;
  });
  return cells.map((row) => String.fromCodePoint(...Array.from(row, (bits) => BLANK + bits)));
};

/** Height of the curve, 0 to 1, at each column of dots: the mean where points crowd, on the way where they are far apart. */
const columnHeights = (points: readonly Point[], { maxX, minY, maxY }: ChartOptions, width: number) => {
  const sums = Array.from({ length: width }, () => ({ sum: 0, count: 0 }));
  const span = maxY - minY || 1;
  for (const { x, y } of points) {
    const at = Math.min(width - 1, Math.max(0, Math.floor((x / (maxX || 1)) * (width - 1))));
    const column = sums[at];
    if (!column || !Number.isFinite(y)) continue;
    column.sum += Math.min(1, Math.max(0, (y - minY) / span));
    column.count += 1;
  }
  const heights = sums.map(({ sum, count }) => (count > 0 ? sum / count : undefined));
  return fillGaps(heights);
};

const fillGaps = (heights: readonly (number | undefined)[]): (number | undefined)[] => {
  const filled = [...heights];
  let left = -1;
  heights.forEach((height, right) => {
    if (height === undefined) return;
    const start = heights[left];
    for (let at = left + 1; start !== undefined && at < right; at += 1)
      filled[at] = start + ((height - start) * (at - left)) / (right - left);
    left = right;
  });
  return filled;
};
