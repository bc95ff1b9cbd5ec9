import { isIdxName, pairIdxFiles } from './idx-names.js';

describe('isIdxName', () => {
  it.each([
    'train-images-idx3-ubyte',
    't10k-labels-idx1-ubyte.gz',
    'MNIST/raw/train-images.idx3-ubyte',
    'emnist-balanced-test-images-idx3-ubyte',
  ])('is true of %s', (name) => {
    expect(isIdxName(name)).toBe(true);
  });

  it.each(['train/cat/0.png', 'train-images', 'images-idx3-ubyte.png'])('is false of %s', (name) => {
    expect(isIdxName(name)).toBe(false);
  });
});

describe('pairIdxFiles', () => {
  const train = ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'];

  it('is not asked of class folders', () => {
    expect(pairIdxFiles(['train/cat/0.png'])).toBeUndefined();
  });

  it('pairs images with labels; t10k is the test split', () => {
    const found = pairIdxFiles([...train, 't10k-labels-idx1-ubyte', 't10k-images-idx3-ubyte']);
    expect(found).toEqual({
      pairs: [
        { split: 'train', images: train[0], labels: train[1] },
        { split: 'test', images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
      ],
      findings: [],
    });
  });

  it.each([
    ['images without labels', 't10k-images-idx3-ubyte'],
    ['something else beside them', 'train/cat/0.png'],
    ['the same split twice', 'other/train-images-idx3-ubyte'],
  ])('finds %s', (_, file) => {
    expect(pairIdxFiles([...train, file])?.findings).toMatchObject([{ code: 'bad_layout', severity: 'error', file }]);
  });
});
