import { deviceSelectorSchema } from '@kernelcast/contracts';
import { selectorPath } from './selector-path.js';

const pathOf = (selector: unknown) => selectorPath(deviceSelectorSchema.parse(selector));

describe('a selector as a jsonpath', () => {
  it('says that all conditions must fit', () => {
    const selector = [
      { key: 'site', in: ['a', 'b'] },
      { key: 'arm', exists: true },
      { key: 'model', equals: 'x', not: true },
    ];
    expect(pathOf(selector)).toBe('($."site" == "a" || $."site" == "b") && (exists($."arm")) && !($."model" == "x")');
  });

  it('keeps what people write inside of string literals', () => {
    expect(pathOf([{ key: 'a" || true', equals: '\\"' }])).toBe(String.raw`($."a\" || true" == "\\\"")`);
  });

  it.each([
    ['no condition', []],
    ['a condition without a test', [{ key: 'a' }]],
    ['two tests in one condition', [{ key: 'a', equals: 'b', exists: true }]],
    ['half a character', [{ key: 'a', equals: '\ud800' }]],
    ['more conditions than there may be', Array.from({ length: 17 }, () => ({ key: 'a', exists: true }))],
  ])('is not made of %s', (_, selector) => {
    expect(deviceSelectorSchema.safeParse(selector).success).toBe(false);
  });
});
