import type { WriteStream } from 'node:tty';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const up = (lines: number) => (lines > 0 ? `\u001b[${lines}A` : '');

/** Lines at the bottom of a terminal that are drawn again and again, with a scroll of other lines above them. */
export class LiveArea {
  private lines: readonly string[] = [];
  private open = false;

  constructor(private readonly out: Pick<WriteStream, 'write'>) {}

  /** Replaces what is drawn. */
  draw(lines: readonly string[]): void {
    this.replace(lines, []);
  }

  /** Prints lines above, which stay. */
  above(...texts: readonly string[]): void {
    this.replace(this.lines, texts);
  }

  /** Leaves what was drawn last where it is, and gives the terminal back. */
  close(): void {
    if (this.open) this.out.write(SHOW_CURSOR);
    this.open = false;
    this.lines = [];
  }

  private replace(lines: readonly string[], above: readonly string[]): void {
    const start = this.open ? '' : HIDE_CURSOR;
    const text = [...above, ...lines].map((line) => `${line}\n`).join('');
    // In one write, so that no half of it is seen.
    this.out.write(`${start}${up(this.lines.length)}\r${CLEAR_BELOW}${text}`);
    this.open = true;
    this.lines = lines;
  }
}
