import { displayWidth, pad, plain, printable, truncate, type Paint, type Style } from './text.js';

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  /** Numbers stand on the right. */
  readonly right?: boolean;
  /** Never cut: ids and what else is copied from a table. */
  readonly keep?: boolean;
  readonly style?: (row: T) => Style | undefined;
}

export interface TableOptions {
  /** Cells of a line; without one nothing is cut. */
  readonly width?: number;
  readonly paint?: Paint;
}

const GAP = '  ';
/** A column is not cut further than this, or its title. */
const NARROWEST = 6;

/** Takes cells from the widest column that may be cut until a line fits, or no column can give more. */
const fitWidths = (
  natural: readonly number[],
  columns: readonly Pick<Column<never>, 'title' | 'keep'>[],
  width: number,
) => {
  const widths = [...natural];
  const floors = columns.map(({ title, keep }, i) =>
    keep ? (natural[i] ?? 0) : Math.min(natural[i] ?? 0, Math.max(NARROWEST, title.length)),
  );
  let excess = widths.reduce((sum, w) => sum + w, GAP.length * (widths.length - 1)) - width;
  while (excess > 0) {
    const spare = widths.map((w, i) => (w > (floors[i] ?? 0) ? w : -1));
    const widest = spare.indexOf(Math.max(...spare));
    if ((spare[widest] ?? -1) < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
};

/** Lines of a table: titles, then a line for each row. */
export const formatTable = <T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  { width = Infinity, paint = plain }: TableOptions = {},
): string => {
  const cellsOf = rows.map((row) => columns.map(({ value }) => printable(value(row))));
  const natural = columns.map(({ title }, i) =>
    Math.max(title.length, ...cellsOf.map((cells) => displayWidth(cells[i] ?? ''))),
  );
  const widths = Number.isFinite(width) ? fitWidths(natural, columns, width) : natural;
  const cell = (text: string, i: number) => {
    const cut = truncate(text, widths[i] ?? 0);
    const last = i === columns.length - 1 && !columns[i]?.right;
    return last ? cut : pad(cut, widths[i] ?? 0, columns[i]?.right);
  };
  const head = columns.map(({ title }, i) => paint('dim', cell(title, i)));
  const body = cellsOf.map((cells, r) =>
    columns.map(({ style }, i) => {
      const text = cell(cells[i] ?? '', i);
      const chosen = style?.(rows[r] as T);
      return chosen ? paint(chosen, text) : text;
    }),
  );
  return [head, ...body].map((cells) => cells.join(GAP).trimEnd()).join('\n');
};

/** A thing's facts, a line each; those without a value are left out. */
export const formatFields = (
  fields: readonly (readonly [string, string | null | undefined])[],
  paint = plain,
): string => {
  const present = fields.filter((field): field is [string, string] => field[1] !== null && field[1] !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${paint('dim', name.padEnd(width))}${GAP}${printable(value)}`).join('\n');
};
