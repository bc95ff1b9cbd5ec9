import type { WriteStream } from 'node:tty';

const BAR_WIDTH = 28;
/** Without a terminal each bar prints a line this often, in shares of the whole. */
const PLAIN_STEP = 0.25;

interface Row {
  done: number;
  note: string;
  printed: number;
}

/** Progress bars for things that run side by side; plain lines where the output is no terminal. */
export class ProgressBoard {
  private readonly rows = new Map<string, Row>();
  private drawn = 0;

  constructor(private readonly out: Pick<WriteStream, 'write' | 'isTTY'>) {}

  /** Sets a row's state: `done` from 0 to 1, and what to say beside it. */
  set(name: string, done: number, note: string): void {
    const row = this.rows.get(name) ?? { done: 0, note: '', printed: -PLAIN_STEP };
    this.rows.set(name, Object.assign(row, { done: Math.min(1, Math.max(0, done)), note }));
    if (this.out.isTTY) this.redraw();
    else if (row.done - row.printed >= PLAIN_STEP || (row.done === 1 && row.printed < 1)) {
      row.printed = row.done;
      this.out.write(`${this.line(name, row)}\n`);
    }
  }

  /** Leaves the bars as they are and starts anew below them. */
  close(): void {
    this.rows.clear();
    this.drawn = 0;
  }

  private redraw(): void {
    if (this.drawn > 0) this.out.write(`\x1b[${this.drawn}A`);
    for (const [name, row] of this.rows) this.out.write(`\x1b[2K${this.line(name, row)}\n`);
    this.drawn = this.rows.size;
  }

  private line(name: string, { done, note }: Row): string {
    const full = Math.round(done * BAR_WIDTH);
    const bar = '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
    return `  ${name.padEnd(16)} ${bar} ${String(Math.round(done * 100)).padStart(3)} %  ${note}`;
  }
}
