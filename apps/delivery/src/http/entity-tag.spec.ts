import { entityTag, matchesTag } from './entity-tag.js';

const tag = entityTag('sha256:ab');

describe('matchesTag', () => {
  it.each([tag, '*', `W/${tag}`, `"other", ${tag}`, ` ${tag} `])('accepts %s', (header) => {
    expect(matchesTag(header, tag)).toBe(true);
  });

  it.each([undefined, '', 'sha256:ab', '"other"', '"sha256:abc"'])('refuses %p', (header) => {
    expect(matchesTag(header, tag)).toBe(false);
  });
});
