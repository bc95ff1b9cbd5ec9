import { formatFields, formatTable, type Column } from './table.js';
import { painterFor, type Paint } from './text.js';

export interface PrinterOptions {
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly colour: boolean;
}

interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor?: string | null;
}

type Fields = readonly (readonly [string, string | null | undefined])[];

/** Answers on standard output: for people, as JSON in the API's shapes, or as ids alone. What is said beside them goes to standard error. */
export class Printer {
  readonly paint: Paint;
  readonly json: boolean;
  private readonly quiet: boolean;

  constructor(private readonly options: PrinterOptions) {
    this.json = options.json;
    this.quiet = options.quiet;
    this.paint = painterFor(options.out, options.colour);
  }

  /** Cells of a line where a terminal shows it. */
  get width(): number | undefined {
    return this.options.out.isTTY ? this.options.out.columns : undefined;
  }

  /** A list in the shape of the API's pages. */
  list<T>(page: Page<T>, columns: readonly Column<T>[], idOf: (row: T) => string): void {
    if (this.json) return this.writeJson(page);
    if (this.quiet) return page.data.forEach((row) => this.line(idOf(row)));
    if (page.data.length === 0) return this.note('none');
    this.line(formatTable(page.data, columns, { width: this.width, paint: this.paint }));
    if (page.nextCursor) this.note(`more: --after ${page.nextCursor}, or --all`);
  }

  /** One thing, with its facts. */
  one(thing: unknown, id: string, fields: () => Fields): void {
    this.answer(thing, id, () => formatFields(fields(), this.paint));
  }

  /** Something was done; a sentence says what. */
  done(thing: unknown, id: string, sentence: string): void {
    this.answer(thing, id, () => sentence);
  }

  answer(thing: unknown, id: string, text: () => string): void {
    if (this.json) this.writeJson(thing);
    else this.line(this.quiet ? id : text());
  }

  /** To standard error, which is not part of the answer. */
  note(text: string): void {
    if (!this.quiet) this.options.err.write(`${painterFor(this.options.err, this.options.colour)('dim', text)}\n`);
  }

  line(text: string): void {
    this.options.out.write(`${text}\n`);
  }

  writeJson(value: unknown): void {
    this.line(JSON.stringify(value, null, this.options.out.isTTY ? 2 : 0));
  }
}
