import { displayWidth, pad, printable, truncate } from './text.js';

describe('printable', () => {
  it('leaves a terminal nothing to obey', () => {
    expect(printable('a\u001b[2Jb\u202ec\u009bd')).toBe('a\uFFFD[2Jb\uFFFDc\uFFFDd');
  });

  it('keeps a text on one line', () => {
    expect(printable('first\r\n  second\tthird')).toBe('first second third');
  });
});

describe('cells of a terminal', () => {
  it.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍👩‍👧 x', 4],
  ])('%s takes %d', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('cuts to a width, and says so', () => {
    expect(truncate('abcdef', 4)).toBe('abc…');
    expect(truncate('日本語', 4)).toBe('日…');
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abc', 0)).toBe('');
  });

  it('fills up on either side', () => {
    expect(pad('日', 4)).toBe('日  ');
    expect(pad('7', 3, true)).toBe('  7');
  });
});
