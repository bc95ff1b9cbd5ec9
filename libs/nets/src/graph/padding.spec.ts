import { samePadding } from './padding.js';

describe('samePadding', () => {
  it.each([
    ['nothing where windows tile the input', { side: 4, size: 2, stride: 2 }, [0, 0]],
    ['both edges alike for an odd window', { side: 5, size: 3, stride: 1 }, [1, 1]],
    // 112 positions start at 0, 2, .., 222: the last window ends at pixel 224, one beyond.
    ['the end only where one pixel is missing', { side: 224, size: 3, stride: 2 }, [0, 1]],
    ['both edges of an odd side', { side: 15, size: 3, stride: 2 }, [1, 1]],
    ['more at the end for five pixels', { side: 14, size: 5, stride: 2 }, [1, 2]],
    ['as far as spread taps reach', { side: 6, size: 3, stride: 1, dilation: 2 }, [2, 2]],
    ['nothing where strides skip pixels', { side: 8, size: 1, stride: 3 }, [0, 0]],
  ])('pads %s', (_, window, expected) => {
    expect(samePadding(window)).toEqual(expected);
  });
});
