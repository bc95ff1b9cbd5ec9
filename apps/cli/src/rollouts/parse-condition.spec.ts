import { attributeConditionSchema } from '@kernelcast/contracts';
import { collectConditions, parseCondition } from './parse-condition.js';

describe('a condition on the command line', () => {
  it.each([
    ['site=a', { key: 'site', equals: 'a', not: false }],
    ['site=', { key: 'site', equals: '', not: false }],
    ['site=a|b=c', { key: 'site', in: ['a', 'b=c'], not: false }],
    ['arm', { key: 'arm', exists: true, not: false }],
    ['!arm', { key: 'arm', exists: true, not: true }],
    ['!site=a', { key: 'site', equals: 'a', not: true }],
  ])('is what the contract takes: %s', (text, condition) => {
    expect(attributeConditionSchema.parse(parseCondition(text))).toEqual(condition);
  });

  it('keeps its order, and names an attribute', () => {
    expect(collectConditions('b', collectConditions('a')).map(({ key }) => key)).toEqual(['a', 'b']);
    expect(() => parseCondition('!=x')).toThrow('names no attribute');
  });
});
