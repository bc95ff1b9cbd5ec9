import { ago, bytes, percent } from './format.js';

describe('format', () => {
  const now = Date.parse('2030-01-01T00:00:00Z');

  it.each([
    ['2029-12-31T23:59:20Z', '40 sec. ago'],
    ['2029-12-31T23:55:00Z', '5 min. ago'],
    ['2030-01-01T02:00:00Z', 'in 2 hr.'],
    [null, 'never'],
  ])('tells %s as %s', (time, text) => expect(ago(time, now)).toBe(text));

  it.each([
    [999, '999 B'],
    [47_104, '47.1 kB'],
    [5_280_128, '5.28 MB'],
  ])('writes %d bytes as %s', (count, text) => expect(bytes(count)).toBe(text));

  it('writes shares as percentages', () => expect(percent(0.01399, 2)).toBe('1.40 %'));
});
