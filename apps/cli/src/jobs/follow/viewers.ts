import type { JobEvent } from '@kernelcast/contracts';
import { LiveArea } from '../../output/live-area.js';
import type { Printer } from '../../output/printer.js';
import { painterFor } from '../../output/text.js';
import { drawRun } from './draw-run.js';
import { eventLine, isWorthALine, stepLine } from './event-lines.js';
import { BEGINNING, follow, type RunState } from './run-state.js';

/** Shows a run while it is followed. */
export interface RunViewer {
  show(event: JobEvent): void;
  /** Something beside the events: a lost connection. */
  note(text: string): void;
  close(): void;
}

/** Events as they come, one JSON document a line. */
export const jsonViewer = (out: Printer): RunViewer => ({
  show: (event) => out.line(JSON.stringify(event)),
  note: (text) => out.note(text),
  close: () => undefined,
});

/** Nothing but the end. */
export const silentViewer = (): RunViewer => ({ show: () => undefined, note: () => undefined, close: () => undefined });

/** A line for each state and log line, and now and then one for the steps. */
export const lineViewer = (out: Printer): RunViewer => {
  let run: RunState = BEGINNING;
  let told = -1;
  return {
    show: (event) => {
      run = follow(run, event);
      const line = eventLine(event, run);
      if (line !== undefined) out.line(line);
      if (event.type !== 'step' || !isWorthALine(run.step, run.steps, told)) return;
      told = run.step;
      out.line(stepLine(run));
    },
    note: (text) => out.note(text),
    close: () => undefined,
  };
};

/** Milliseconds between two drawings; more of them nobody sees. */
const FRAME_MS = 100;

/** Curves that are drawn anew as steps come, with the log scrolling above. */
export const liveViewer = (title: string, terminal: NodeJS.WriteStream, colour: boolean): RunViewer => {
  const area = new LiveArea(terminal);
  const paint = painterFor(terminal, colour);
  let run: RunState = BEGINNING;
  let timer: NodeJS.Timeout | undefined;
  const draw = () => {
    clearTimeout(timer);
    timer = undefined;
    area.draw(drawRun(run, { title, width: terminal.columns, height: terminal.rows, paint }));
  };
  const above = (text: string) => area.above(paint('dim', text.slice(0, terminal.columns * 4)));
  return {
    show: (event) => {
      run = follow(run, event);
      const line = eventLine(event, run);
      if (line !== undefined) above(line);
      timer ??= setTimeout(draw, FRAME_MS);
    },
    note: above,
    close: () => {
      draw();
      area.close();
    },
  };
};
