import { entityTag, matchesTag, namesTag, rangeHolds } from './entity-tag.js';

const tag = entityTag('sha256:ab');

describe('matchesTag', () => {
  it.each([tag, '*', `W/${tag}`, `"other", ${tag}`, ` ${tag} `])('accepts %s', (header) => {
    expect(matchesTag(header, tag)).toBe(true);
  });

  it.each([undefined, '', 'sha256:ab', '"other"', '"sha256:abc"'])('refuses %p', (header) => {
    expect(matchesTag(header, tag)).toBe(false);
  });
});

describe('namesTag', () => {
  it.each([tag, '*', `"other", ${tag}`, ` ${tag} `])('accepts %s', (header) => {
    expect(namesTag(header, tag)).toBe(true);
  });

  it.each(['', `W/${tag}`, 'sha256:ab', '"other"'])('refuses %p, weak tags included', (header) => {
    expect(namesTag(header, tag)).toBe(false);
  });
});

describe('rangeHolds', () => {
  it.each([undefined, tag])('keeps the range beside %p', (header) => {
    expect(rangeHolds(header, tag)).toBe(true);
  });

  it.each(['', '*', `W/${tag}`, '"other"', 'Wed, 21 Oct 2026 07:28:00 GMT'])('voids the range beside %p', (header) => {
    expect(rangeHolds(header, tag)).toBe(false);
  });
});
