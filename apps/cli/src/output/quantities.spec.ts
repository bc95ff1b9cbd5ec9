import { formatBytes, formatClock, formatSpan, formatWhen } from './quantities.js';

const NOW = Date.parse('2030-01-02T00:00:00Z');

describe('spans and moments', () => {
  it.each([
    ['2030-01-01T23:59:15.000Z', '45 s ago'],
    ['2030-01-01T23:57:01.000Z', '2 min ago'],
    ['2030-01-01T00:00:01.000Z', '23 h ago'],
    ['2029-12-02T00:00:00.000Z', '31 d ago'],
    ['2030-01-02T02:00:00.000Z', 'in 2 h'],
    ['2030-01-02T00:00:00.500Z', 'now'],
  ])('%s is %s', (timestamp, text) => {
    expect(formatWhen(timestamp, NOW)).toBe(text);
  });

  it('shows a moment that has not come as a dash', () => {
    expect(formatWhen(null, NOW)).toBe('-');
  });

  it('never tells of less than nothing', () => {
    expect(formatSpan(-3)).toBe('0 s');
  });

  it.each([
    [7, '0:07'],
    [247, '4:07'],
    [3847, '1:04:07'],
  ])('%d seconds are %s on a clock', (seconds, text) => {
    expect(formatClock(seconds)).toBe(text);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [50_012, '50.0 kB'],
    [5_280_100, '5.3 MB'],
    [2e15, '2000.0 TB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
