import { ProgressBoard } from './progress-board.js';

const board = (isTTY: boolean) => {
  const written: string[] = [];
  const out = { isTTY, write: (text: string) => (written.push(text), true) };
  return { written, board: new ProgressBoard(out as never) };
};

describe('ProgressBoard', () => {
  it('prints a plain line at every quarter where there is no terminal', () => {
    const { written, board: bars } = board(false);
    for (let step = 0; step <= 100; step += 1) bars.set('digits', step / 100, `step ${step}`);
    expect(written.map((line) => /(\d+) %/.exec(line)?.[1])).toEqual(['0', '25', '50', '75', '100']);
  });

  it('redraws its rows in place on a terminal', () => {
    const { written, board: bars } = board(true);
    bars.set('a', 0, '');
    bars.set('b', 0.5, 'half');
    expect(written.at(-3)).toBe('\x1b[1A');
    expect(written.at(-1)).toContain(' 50 %  half');
  });

  it('keeps a share between nothing and everything', () => {
    const { written, board: bars } = board(true);
    bars.set('a', 7, '');
    expect(written.at(-1)).toContain('100 %');
  });
});
