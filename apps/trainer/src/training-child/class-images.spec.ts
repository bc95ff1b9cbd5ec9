import { classImages } from './class-images.js';

it('sorts images into classes, in the order they come', () => {
  const train = {
    images: Uint8Array.of(1, 1, 2, 2, 3, 3, 4, 4),
    labels: Uint16Array.of(1, 0, 1, 1),
    count: 4,
  };
  expect(classImages({ labels: ['a', 'b', 'c'], train })).toEqual([
    { name: 'a', images: Uint8Array.of(2, 2), count: 1 },
    { name: 'b', images: Uint8Array.of(1, 1, 3, 3, 4, 4), count: 3 },
    { name: 'c', images: new Uint8Array(), count: 0 },
  ]);
});
