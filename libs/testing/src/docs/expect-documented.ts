import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../../../..');

/** A table in Markdown, its columns as wide as prettier makes them. */
function toMarkdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/**
 * Expects that a document has exactly this table between `<!-- table NAME -->` and `<!-- end -->`, so that what it
 * claims is what was tested. With UPDATE_DOCS=1 the table is written instead.
 *
 * @param file - relative to the repository
 * @param rows - the first is the head; no cell may hold a bar or a line break
 */
export function expectDocumented(file: string, name: string, rows: readonly (readonly string[])[]): void {
  const target = path.join(ROOT, file);
  const text = readFileSync(target, 'utf8');
  const marked = new RegExp(`(<!-- table ${name} -->\\n\\n)([^]*?)(\\n\\n<!-- end -->)`);
  const found = marked.exec(text);
  if (found === null) throw new Error(`${file} has no place for the table '${name}'`);
  const table = toMarkdown(rows);
  if (process.env['UPDATE_DOCS'])
    writeFileSync(target, text.replace(marked, (_, before: string, __, after: string) => before + table + after)); // prettier-ignore
  else expect(found[2]).toBe(table);
}
