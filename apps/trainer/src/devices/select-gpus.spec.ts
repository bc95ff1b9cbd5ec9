import type { ListedGpu } from './list-gpus.js';
import { GpuSelectionError, selectGpus } from './select-gpus.js';

const gpu = (index: number, id: string): ListedGpu => ({ index: String(index), id, name: 'A', memoryMib: 1 });
const LISTED = [gpu(0, 'GPU-aaaa-1'), gpu(1, 'GPU-bbbb-2'), gpu(2, 'GPU-cccc-3')];
const ids = (chosen?: string, visible?: string): string[] => selectGpus(LISTED, chosen, visible).map(({ id }) => id);

describe('the GPUs to train on', () => {
  it.each([
    ['all, without any word', undefined, undefined, [0, 1, 2]],
    ['all, when told so, whatever CUDA shows', 'all', '1', [0, 1, 2]],
    ['none, when told so', 'none', undefined, []],
    ['those of the given numbers, in the given order', '2,0', undefined, [2, 0]],
    ['those of the given UUIDs', 'GPU-bbbb-2', undefined, [1]],
    ['those of UUIDs cut short', 'GPU-cc', undefined, [2]],
    ['each once', '1, 1,GPU-cc', undefined, [1, 2]],
    ['those that CUDA shows', undefined, '0,2', [0, 2]],
    ['none, when CUDA shows none', undefined, '', []],
    ['none, when CUDA is told -1', undefined, '-1', []],
    ['all, when a container runtime says so', undefined, 'all', [0, 1, 2]],
  ])('are %s', (_what, chosen, visible, expected) => {
    expect(ids(chosen, visible)).toEqual(expected.map((index) => LISTED[index]?.id));
  });

  it('are refused when one is named that is not there', () => {
    expect(() => ids('0,7')).toThrow(GpuSelectionError);
    expect(() => ids('0,7')).toThrow(/names 7, but there are only: 0 \(GPU-aaaa-1\)/);
  });
});
