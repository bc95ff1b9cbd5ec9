import type { Digest } from '@kernelcast/artifact';
import { retire } from './disk-budget.js';

const digest = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const blob = (digit: string, size = 10) => ({ digest: digest(digit), size });
const needed = new Map([[digest('a'), 10]]);

describe('retired blobs', () => {
  it('stay while they fit beside what is needed, the latest first', () => {
    const use = { retired: [blob('1'), blob('2')], leaving: [blob('3')], needed };
    expect(retire({ ...use, maxBytes: 40 })).toEqual([blob('1'), blob('2'), blob('3')]);
    expect(retire({ ...use, maxBytes: 39 })).toEqual([blob('2'), blob('3')]);
    expect(retire({ ...use, maxBytes: 20 })).toEqual([blob('3')]);
  });

  it('all go when what is needed alone takes the budget', () => {
    expect(retire({ retired: [blob('1')], leaving: [blob('2')], needed, maxBytes: 5 })).toEqual([]);
  });

  it('are retired no more once they are needed again, and counted once', () => {
    expect(retire({ retired: [blob('a'), blob('1'), blob('2')], leaving: [blob('1')], needed, maxBytes: 100 })).toEqual(
      [blob('2'), blob('1')],
    );
  });
});
