import type { ImageFiles } from '@kernelcast/nets/node';
import { isShared, subsetOf } from './images.js';

const labels = Uint16Array.of(7, 8, 9);

describe('subsetOf', () => {
  it.each([
    ['shared', new Uint8Array(new SharedArrayBuffer(6))],
    ['ordinary', new Uint8Array(6)],
  ])('copies pixels in the order asked for, from %s memory to such', (kind, images) => {
    images.set([1, 2, 3, 4, 5, 6]);
    const set = subsetOf({ images, labels, count: 3 }, Uint32Array.of(2, 0));
    expect(set).toEqual({ images: Uint8Array.of(5, 6, 1, 2), labels: Uint16Array.of(9, 7), count: 2 });
    expect('images' in set && isShared(set.images)).toBe(kind === 'shared');
  });

  it('names the files of images in an archive', () => {
    const files: ImageFiles = { archive: 'a.zip', names: ['a', 'b', 'c'], height: 1, width: 1, labels, count: 3 };
    const picked = { ...files, names: ['b'], labels: Uint16Array.of(8), count: 1 };
    expect(subsetOf(files, Uint32Array.of(1))).toEqual(picked);
  });
});
