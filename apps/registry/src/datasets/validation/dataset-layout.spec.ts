import { isLitter, layOut } from './dataset-layout.js';
import { DATASET_LIMITS } from '../dataset-limits.js';

const names = (folder: string, count: number) => Array.from({ length: count }, (_, i) => `${folder}/${i}.png`);
const layout = (...paths: readonly string[]) => layOut(paths, DATASET_LIMITS);

describe('layOut', () => {
  it('counts train and test images of each class, in the order of the labels', () => {
    const { classes, findings } = layout(...names('train/b', 3), ...names('train/a', 2), ...names('test/a', 1));
    expect(classes).toEqual([
      { label: 'a', train: 2, test: 1 },
      { label: 'b', train: 3, test: 0 },
    ]);
    expect(findings).toEqual([]);
  });

  it('holds out a fifth of each class, and at least one, when the archive does not', () => {
    const { classes, findings } = layout(...names('a', 10), ...names('b', 2));
    expect(classes).toEqual([
      { label: 'a', train: 8, test: 2 },
      { label: 'b', train: 1, test: 1 },
    ]);
    expect(findings).toEqual([]);
  });

  it.each([
    ['an image at the top', ['0.png'], 'bad_layout'],
    ['an image too deep', ['a/b/c.png'], 'bad_layout'],
    ['a file that is no image', ['a/readme.txt'], 'not_an_image'],
    ['a class of one image', ['c/0.png'], 'class_too_small'],
    ['an endless class name', [`${'x'.repeat(101)}/0.png`, `${'x'.repeat(101)}/1.png`], 'bad_layout'],
  ])('finds %s', (_, extra, code) => {
    const { findings } = layout(...names('a', 5), ...names('b', 5), ...extra);
    expect(findings).toMatchObject([{ code }]);
  });

  it('finds a class that is tested but not trained', () => {
    const { findings } = layout(...names('train/a', 2), ...names('train/b', 2), ...names('test/c', 2));
    expect(findings).toMatchObject([{ code: 'bad_layout', file: 'c' }]);
  });

  it('finds that there is nothing to test with', () => {
    const { findings } = layout(...names('train/a', 2), ...names('train/b', 2));
    expect(findings).toMatchObject([{ code: 'bad_layout', detail: 'no images to test with' }]);
  });

  it('finds a mix of both layouts', () => {
    const { findings } = layout(...names('train/a', 2), ...names('train/b', 2), ...names('test/a', 1), 'c/0.png');
    expect(findings).toMatchObject([{ code: 'bad_layout', file: 'c/0.png' }]);
  });

  it('finds that an archive is empty', () => {
    expect(layout().findings).toMatchObject([{ code: 'bad_layout' }]);
  });
});

describe('isLitter', () => {
  it.each(['__MACOSX/a/0.png', 'a/._0.png', 'a/.DS_Store', 'Thumbs.db'])('is true of %s', (name) => {
    expect(isLitter(name)).toBe(true);
  });

  it.each(['a/0.png', 'a/_0.png', 'macosx/0.png'])('is false of %s', (name) => {
    expect(isLitter(name)).toBe(false);
  });
});
