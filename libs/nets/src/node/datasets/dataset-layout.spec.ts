import { layOut } from './dataset-layout.js';

const range = (count: number, name: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => name(i));

describe('layOut', () => {
  it('takes given splits, in the order of names, with sorted labels', () => {
    const layout = layOut(['train/b/2.png', 'test/a/1.JPG', 'train/a/10.jpeg', 'train/a/9.png', 'test/b/1.png']);
    expect(layout.labels).toEqual(['a', 'b']);
    expect(layout.images).toEqual([
      { name: 'test/a/1.JPG', label: 'a', split: 'test' },
      { name: 'test/b/1.png', label: 'b', split: 'test' },
      { name: 'train/a/10.jpeg', label: 'a', split: 'train' },
      { name: 'train/a/9.png', label: 'a', split: 'train' },
      { name: 'train/b/2.png', label: 'b', split: 'train' },
    ]);
  });

  it('holds out a fifth of each class where no split is given, whatever the order of entries', () => {
    const names = [...range(10, (i) => `cat/${i}.png`), ...range(25, (i) => `dog/${i}.png`)];
    const layout = layOut(names);
    const held = layout.images.filter((image) => image.split === 'test');
    expect(held.filter((image) => image.label === 'cat')).toHaveLength(2);
    expect(held.filter((image) => image.label === 'dog')).toHaveLength(5);
    expect(layOut([...names].reverse())).toEqual(layout);
  });

  it('holds out by hash, not the first or last of a series', () => {
    const held = layOut([...range(50, (i) => `cat/${i + 10}.png`), 'dog/1.png']).images.filter(
      (i) => i.split === 'test',
    );
    const numbers = held.map((image) => Number(image.name.slice(4, 6)));
    expect(Math.min(...numbers)).toBeLessThan(30);
    expect(Math.max(...numbers)).toBeGreaterThan(40);
  });

  it('holds out one of two and none of one', () => {
    const { images } = layOut(['a/1.png', 'a/2.png', 'b/1.png']);
    expect(images.filter((image) => image.split === 'test').map((image) => image.label)).toEqual(['a']);
  });

  it('ignores files that are no images and what operating systems leave behind', () => {
    const litter = ['README.md', 'a/.DS_Store', '__MACOSX/a/._1.png', 'a/._1.png', 'a/labels.csv'];
    const images = ['a/1.png', 'a/2.png', 'b/1.png'];
    expect(layOut([...litter, ...images])).toEqual(layOut(images));
  });

  it.each([
    ['nothing', [], /holds no PNG or JPEG/, undefined],
    ['no images', ['train/a/readme.txt'], /holds no PNG or JPEG/, undefined],
    ['one class', ['train/a/1.png', 'test/a/1.png'], /at least two classes/, undefined],
    ['no test images', ['train/a/1.png', 'train/b/1.png'], /no test images/, undefined],
    [
      'a test class never trained',
      ['train/a/1.png', 'train/b/1.png', 'test/c/1.png'],
      /'c' has no training/,
      'test/c/1.png',
    ],
    ['an image beside the splits', ['train/a/1.png', 'test/b/1.png', 'c/1.png'], /lies outside/, 'c/1.png'],
    ['an image below a class', ['a/1.png', 'a/deep/2.png', 'b/1.png'], /lies outside/, 'a/deep/2.png'],
    ['an image at the top', ['a/1.png', 'b/1.png', '2.png'], /lies outside/, '2.png'],
  ])('refuses %s', (_, names, message, file) => {
    expect(() => layOut(names)).toThrow(message);
    expect(() => layOut(names)).toThrow(expect.objectContaining({ code: 'dataset_invalid', file }));
  });
});
