import { convInfo } from '../conv/conv-info.js';
import { paddingOf } from './conv-padding.js';

type Pad = Parameters<typeof convInfo>[2]['pad'];

const of = (size: number, kernel: number, strides: number, pad: Pad) =>
  paddingOf(convInfo([1, size, size, 1], [kernel, kernel, 1, 1], { strides, pad }, false));

describe('what TensorFlow is told to pad', () => {
  it('is SAME where that puts the same zeros in the same places', () => {
    expect(of(8, 3, 1, 'same')).toEqual({ padding: 'SAME' });
    expect(of(8, 3, 1, 1)).toEqual({ padding: 'SAME' });
    expect(of(8, 3, 2, 'same')).toEqual({ padding: 'SAME' });
    // Nine in strides of two: a zero at either end by both rules.
    expect(of(9, 3, 2, 1)).toEqual({ padding: 'SAME' });
  });

  it('is nothing where there is nothing to pad, or nothing that the kernel reaches', () => {
    expect(of(8, 3, 1, 'valid')).toEqual({ padding: 'VALID' });
    expect(of(8, 1, 2, 'same')).toEqual({ padding: 'VALID' });
    expect(of(4, 2, 5, [[0, 0], [0, 2], [0, 2], [0, 0]])).toEqual({ padding: 'VALID' }); // prettier-ignore
  });

  it('is spelt out where SAME would put a zero after and not before, as far as the kernel reaches', () => {
    const before: [number, number] = [1, 0];
    expect(of(8, 3, 2, 1)).toEqual({ padding: 'VALID', explicit: [[0, 0], before, before, [0, 0]] }); // prettier-ignore
  });
});
