import { parseReference } from './parse-reference.js';

describe('parseReference', () => {
  it.each([
    ['digits', { name: 'digits' }],
    ['digits/3', { name: 'digits', version: 3 }],
    ['digits@12', { name: 'digits', version: 12 }],
    ['mod_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2:v1', { name: 'mod_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2', version: 1 }],
  ])('reads %s', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
  });

  it.each(['', '/3', 'digits/0', 'digits/x', '../secrets', 'a b'])('refuses "%s"', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
