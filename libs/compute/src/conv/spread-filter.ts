import type * as tf from '@tensorflow/tfjs-core';

/** A dilated kernel written out with its zeros: `[kh, kw, i, o]` to `[(kh - 1) * dh + 1, (kw - 1) * dw + 1, i, o]`. */
export function spreadFilter(filter: tf.Tensor, [dh, dw]: readonly [number, number]): tf.Tensor {
  const [kh, kw, i, o] = filter.shape as [number, number, number, number];
  const tall = filter.reshape([kh, 1, kw * i * o]).pad([
    [0, 0],
    [0, dh - 1],
    [0, 0],
  ]);
  const wide = tall.reshape([kh * dh * kw, 1, i * o]).pad([
    [0, 0],
    [0, dw - 1],
    [0, 0],
  ]);
  return wide.reshape([kh * dh, kw * dw, i, o]).slice([0, 0, 0, 0], [(kh - 1) * dh + 1, (kw - 1) * dw + 1, i, o]);
}
