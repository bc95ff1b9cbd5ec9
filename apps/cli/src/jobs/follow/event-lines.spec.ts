import { eventLine, isWorthALine, stepLine } from './event-lines.js';
import { BEGINNING, follow } from './run-state.js';

const at = '2030-01-01T12:00:00.000Z';

describe('lines of a run', () => {
  it('tell what was logged without letting it steer the terminal', () => {
    expect(eventLine({ id: 1, at, type: 'log', data: { message: 'a\u001b[31m\nb' } }, BEGINNING)).toMatch(
      / {2}a\uFFFD\[31m b$/,
    );
  });

  it('tell the state with its reason', () => {
    const failed = {
      id: 1,
      at,
      type: 'state' as const,
      data: { state: 'failed', error: { code: 'internal', message: 'x' } },
    };
    expect(eventLine(failed, follow(BEGINNING, failed))).toMatch(/ {2}failed: internal: x$/);
  });

  it('tell of a step what is known', () => {
    const step = { id: 1, at, type: 'step' as const, data: { step: 5, steps: 10, loss: 0.5 } };
    expect(stepLine(follow(BEGINNING, step))).toMatch(/loss 0\.5000, step 5 of 10$/);
  });

  it('come at each twentieth of a run, at its end, and when it goes back', () => {
    const told = Array.from({ length: 100 }, (_, i) => i + 1).filter((step, _, all) => {
      const before = all.filter((earlier) => earlier < step && earlier % 5 === 0).at(-1) ?? 1;
      return isWorthALine(step, 100, step === 1 ? -1 : before);
    });
    expect(told).toHaveLength(21);
    expect(told.at(-1)).toBe(100);
    expect(isWorthALine(20, 100, 61)).toBe(true);
    expect(isWorthALine(1, 0, -1)).toBe(false);
  });
});
