import { displayWidth, plain } from '../../output/text.js';
import { drawRun } from './draw-run.js';
import { BEGINNING, type RunState } from './run-state.js';

const run: RunState = {
  state: 'running',
  attempt: 1,
  step: 50,
  steps: 100,
  imagesPerSecond: 1234.4,
  points: Array.from({ length: 51 }, (_, i) => ({ step: i, at: i * 1000, loss: 2 - i / 50, accuracy: i / 100 })),
};
const draw = (width: number, height = 30, state = run) =>
  drawRun(state, { title: 'job_1 digits', width, height, paint: plain });

describe('drawRun', () => {
  it('shows how far a run is, how fast, and how long it will take', () => {
    const [head, progress] = draw(100);
    expect(head).toBe('job_1 digits  running');
    expect(progress).toContain('50 %  step 50 of 100, 1,234 images/s, 0:50 left');
  });

  it('draws both curves to the half of their width that was trained', () => {
    const lines = draw(100);
    expect(lines[2]).toMatch(/^loss 1\.000 .* {3}accuracy of the batch 50 %/);
    expect(lines[3]).toContain('2.000 ');
    const [, curve = ''] = /2\.000 ([\u2800-\u28FF]+)/.exec(lines[3] ?? '') ?? [];
    expect(curve[0]).not.toBe('\u2800');
    expect(curve.slice(curve.length / 2 + 1)).toMatch(/^\u2800+$/);
  });

  it.each([
    [200, 50],
    [100, 24],
    [60, 24],
    [30, 10],
  ])('stays inside a terminal of %d by %d', (width, height) => {
    const lines = draw(width, height);
    for (const line of lines) expect(displayWidth(line)).toBeLessThan(width);
    expect(lines.length).toBeLessThan(height);
  });

  it('has no charts before the first step, and names the attempt from the second on', () => {
    const lines = draw(80, 24, { ...BEGINNING, attempt: 2 });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('queued, attempt 2');
    expect(lines[1]).toContain('no step yet');
  });
});
