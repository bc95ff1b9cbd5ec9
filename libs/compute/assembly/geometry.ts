/**
 * A convolution's shape as the caller wrote it into memory: fifteen int32 in this order. Activations are
 * `[batch, height, width, channels]`, kernels `[kernelHeight, kernelWidth, inChannels, outChannels]`.
 */
@unmanaged
export class Geometry {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  dilationHeight: i32;
  dilationWidth: i32;
  padTop: i32;
  padLeft: i32;
}

/** No images, or a kernel that fits nowhere. */
export function isEmpty(g: Geometry): bool {
  return g.batch <= 0 || g.outHeight <= 0 || g.outWidth <= 0;
}

/** A pointwise convolution of stride 1 is a plain matrix product over all pixels. */
export function isProduct(g: Geometry): bool {
  return (
    g.kernelHeight === 1 &&
    g.kernelWidth === 1 &&
    g.strideHeight === 1 &&
    g.strideWidth === 1 &&
    g.padTop === 0 &&
    g.padLeft === 0 &&
    g.inHeight === g.outHeight &&
    g.inWidth === g.outWidth
  );
}

// @ts-ignore: decorator
@inline
export function ceilDiv(a: i32, b: i32): i32 {
  return (a + b - 1) / b;
}

/** Scratch areas start on a cache line. */
// @ts-ignore: decorator
@inline
export function align(bytes: usize): usize {
  return (bytes + 63) & ~63;
}
