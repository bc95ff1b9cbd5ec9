import { formatFields, formatTable, type Column } from './table.js';

interface Row {
  id: string;
  title: string;
  count: number;
}
const columns: Column<Row>[] = [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'COUNT', value: ({ count }) => String(count), right: true },
  { title: 'TITLE', value: ({ title }) => title },
];
const rows: Row[] = [
  { id: 'task_1', title: 'Handwritten digits', count: 7 },
  { id: 'task_22', title: '日本語', count: 1234 },
];

describe('formatTable', () => {
  it('aligns columns, numbers on the right', () => {
    expect(formatTable(rows, columns).split('\n')).toEqual([
      'ID       COUNT  TITLE',
      'task_1       7  Handwritten digits',
      'task_22   1234  日本語',
    ]);
  });

  it('cuts what may be cut until a line fits, and never an id', () => {
    const lines = formatTable(rows, columns, { width: 24 }).split('\n');
    expect(lines[1]).toBe('task_1       7  Handwri…');
    expect(formatTable(rows, columns, { width: 5 }).split('\n')[2]).toContain('task_22');
  });

  it('prints the titles alone when there are no rows', () => {
    expect(formatTable([], columns)).toBe('ID  COUNT  TITLE');
  });

  it('colours whole cells without moving them', () => {
    const paint = (style: unknown, text: string) => `<${String(style)}>${text}</>`;
    const coloured = columns.map((column) => ({ ...column, style: () => 'red' as const }));
    expect(formatTable(rows, coloured, { paint }).split('\n')[1]).toBe(
      '<red>task_1 </>  <red>    7</>  <red>Handwritten digits</>',
    );
  });
});

describe('formatFields', () => {
  it('leaves out what is not there', () => {
    expect(
      formatFields([
        ['id', 'task_1'],
        ['deadline', null],
        ['state', 'a\nb'],
      ]),
    ).toBe('id     task_1\nstate  a b');
  });
});
