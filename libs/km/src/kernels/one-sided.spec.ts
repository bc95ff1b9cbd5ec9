import type { Conv2dNode } from '@kernelcast/nets';
import { drawSigns, trainedSide } from './one-sided.js';

const conv1: Conv2dNode = {
  id: 'conv1',
  op: 'conv2d',
  input: 'input',
  kernelSize: [1, 1],
  inChannels: 2,
  filters: 3,
  strides: [1, 1],
  padding: [[0, 0], [0, 0]],
  groups: 1,
  useBias: false,
}; // prettier-ignore

describe('a factor of one side', () => {
  it('is that of the shorter side, of the outputs where both are alike', () => {
    expect(trainedSide(conv1, 2)).toEqual({ role: 'inputs', shape: [2, 2], rankAxis: 0 });
    expect(trainedSide({ ...conv1, inChannels: 4 }, 2)).toEqual({ role: 'outputs', shape: [3, 2], rankAxis: 1 });
    expect(trainedSide({ ...conv1, inChannels: 3 }, 2)).toEqual({ role: 'outputs', shape: [3, 2], rankAxis: 1 });
  });

  it('comes with the signs that the format document shows', () => {
    const { shape, data } = drawSigns(conv1, 2);
    expect(shape).toEqual([3, 2]);
    expect([...data].join(' ')).toBe('-1 1 1 -1 1 1');
  });

  it('has other signs in another layer', () => {
    const wide = { ...conv1, inChannels: 64, filters: 128 };
    const [one, other] = [drawSigns(wide, 1), drawSigns({ ...wide, id: 'conv2' }, 1)];
    expect([...one.data]).not.toEqual([...other.data]);
    // 128 fair coins: within four standard deviations of none
    expect(Math.abs(one.data.reduce((sum, sign) => sum + sign, 0))).toBeLessThan(4 * Math.sqrt(128));
  });
});
