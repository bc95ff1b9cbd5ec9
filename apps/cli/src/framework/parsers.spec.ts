import { collectList, collectSettings, parseMoment, parseSpan, parseWhole } from './parsers.js';

const NOW = Date.parse('2030-01-01T00:00:00Z');

describe('values of the command line', () => {
  it.each([
    ['90', 90],
    ['45s', 45],
    ['30m', 1800],
    ['1.5h', 5400],
    ['7d', 604_800],
  ])('%s is a span of %d s', (text, seconds) => {
    expect(parseSpan(text)).toBe(seconds);
  });

  it('takes a moment as such or from now', () => {
    expect(parseMoment('2h', { now: NOW })).toBe('2030-01-01T02:00:00.000Z');
    expect(parseMoment('2h', { now: NOW, before: true })).toBe('2029-12-31T22:00:00.000Z');
    expect(parseMoment('2030-05-01T12:00:00+02:00')).toBe('2030-05-01T10:00:00.000Z');
    for (const text of ['tomorrow', '2h later', '2030-99-99']) expect(() => parseMoment(text)).toThrow('It must be');
  });

  it('gathers settings with the types of their values', () => {
    const all = ['learningRate=0.01', 'flip=false', 'schedule=auto', 'shots=1,5'];
    expect(all.reduce<Record<string, unknown>>((before, text) => collectSettings(text, before), {})).toEqual({
      learningRate: 0.01,
      flip: false,
      schedule: 'auto',
      shots: [1, 5],
    });
    for (const text of ['steps', '=3', 'steps=']) expect(() => collectSettings(text)).toThrow('It must be name=value.');
  });

  it('gathers lists with commas and without', () => {
    expect(collectList('c', collectList('a, b'))).toEqual(['a', 'b', 'c']);
  });

  it('takes no number for another', () => {
    for (const text of ['-1', '1e3', '0x10', '']) expect(() => parseWhole(text)).toThrow('It must be a whole number.');
  });
});
