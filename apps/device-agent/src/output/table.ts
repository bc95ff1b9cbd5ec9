/** Columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** Bytes as people read them. */
export const bytes = (count: number): string => (count < 10_000 ? `${count} B` : `${(count / 1000).toFixed(1)} kB`);
