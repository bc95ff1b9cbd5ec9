import { formatReport } from './demo-report.js';

describe('formatReport', () => {
  const text = formatReport({
    baseParams: 1_320_032,
    baseBytesF32: 5_280_128,
    tasks: [
      {
        name: 'digits',
        accuracy: 0.984,
        headOnlyAccuracy: 0.9,
        kmParams: 18_471,
        paramsRatio: 0.01399,
        downloadedBytes: 52_801,
        swapMs: 9.04,
      },
    ],
    totalSeconds: 100,
  });

  it('sets what the device downloaded beside the whole network', () => {
    expect(text).toContain('52.8 kB');
    expect(text).toContain('5280.1 kB');
    expect(text).toContain('1.00 %');
  });

  it('names the share of the base that the modulator takes', () =>
    expect(text).toContain('18,471 (1.40 % of the base)'));

  it('lines its columns up', () => {
    const [head = '', , row = ''] = text.split('\n');
    expect(row.indexOf('98.4 %')).toBe(head.indexOf('accuracy'));
    expect(row.indexOf('9.0 ms')).toBe(head.indexOf('swap'));
  });
});
