import { F32, PANEL } from './simd';
import { Geometry, align, ceilDiv, isEmpty, isProduct } from './geometry';
import { EDGE, TAP, strip } from './tile';
import { packColumns, packTransposed, padImage, panelBytes, toPositions } from './pack';
import { multiplyPanels } from './product';
import { winograd, winogradPays, winogradScratch } from './winograd';

/** Bytes of activations rearranged at a time; bounds the scratch memory, and fits the second-level cache. */
const CHUNK: usize = 1 << 20;
/** Pixels computed with one panel before the next panel's turn. */
const BLOCK = 256;

/** Images rearranged at a time: as many as fit `CHUNK`, in fours so that tiles are full. */
function chunkOf(batch: i32, imageBytes: usize): i32 {
  const fit = <i32>(CHUNK / imageBytes) & ~3;
  return min(batch, max(4, fit));
}

/** Share of a tile's rows that carry pixels, in 1/256, when `count` pixels are cut into fours. */
function fullness(count: i32): i32 {
  return (count << 8) / (ceilDiv(count, 4) << 2);
}

/**
 * Whether to tile along an image row (over a zero-padded copy) and not along the batch. Along the batch no work is
 * spent on padding and maps of any size fill their tiles; along a row few images suffice, and a kernel row of
 * undilated taps is one run of `kernelWidth * inChannels` numbers, which matters where channels are few.
 */
function alongRow(g: Geometry): bool {
  if (g.inChannels < 8 && g.dilationWidth === 1) return true;
  return fullness(g.outWidth) > fullness(g.batch);
}

function paddedHeight(g: Geometry): i32 {
  return max((g.outHeight - 1) * g.strideHeight + (g.kernelHeight - 1) * g.dilationHeight + 1, g.padTop + 1);
}

function paddedWidth(g: Geometry): i32 {
  return max((g.outWidth - 1) * g.strideWidth + (g.kernelWidth - 1) * g.dilationWidth + 1, g.padLeft + 1);
}

/** Scratch bytes of `convForward` and, with `gradient`, of `convInputGradient`. */
export function convScratch(g: Geometry, gradient: bool): usize {
  if (isEmpty(g)) return 0;
  const taps = g.kernelHeight * g.kernelWidth;
  const positions = gradient ? g.outHeight * g.outWidth : g.inHeight * g.inWidth;
  const depth = gradient ? g.outChannels : g.inChannels;
  const columns = gradient ? g.inChannels : g.outChannels;
  const panels = align(panelBytes(taps * depth, columns));
  if (winogradPays(g)) return panels + winogradScratch(depth, columns);
  const image = <usize>positions * depth * F32;
  const lists = <usize>BLOCK * (taps + 1) * TAP + <usize>max(g.inWidth, g.outWidth) * (taps + 1) * TAP;
  const padded = gradient ? 0 : <usize>paddedHeight(g) * paddedWidth(g) * depth * F32;
  const copy = max(<usize>chunkOf(g.batch, image) * image, padded);
  return panels + align(EDGE + TAP) + align(lists) + copy;
}

/** `y = conv2d(x, kernel)`: any stride, dilation and padding; what falls outside the image counts as zero. */
export function convForward(geometry: usize, x: usize, kernel: usize, y: usize, scratch: usize): void {
  const g = changetype<Geometry>(geometry);
  if (isEmpty(g)) return;
  const rows = g.kernelHeight * g.kernelWidth * g.inChannels;
  packColumns(kernel, rows, g.outChannels, scratch);
  const small = scratch + align(panelBytes(rows, g.outChannels));
  if (isProduct(g)) {
    multiplyPanels(x, g.batch * g.inHeight * g.inWidth, g.inChannels, scratch, g.outChannels, y, small);
  } else if (winogradPays(g)) winograd(g, x, scratch, y, small, false);
  else if (alongRow(g)) forwardAlongRow(g, x, scratch, y, small);
  else alongBatch(g, x, scratch, y, small, false);
}

/** `dx`, the gradient of `convForward` with respect to `x`, from `dy` and the kernel. */
export function convInputGradient(geometry: usize, dy: usize, kernel: usize, dx: usize, scratch: usize): void {
  const g = changetype<Geometry>(geometry);
  if (isEmpty(g)) {
    memory.fill(dx, 0, <usize>(g.batch * g.inHeight * g.inWidth * g.inChannels) * F32);
    return;
  }
  const taps = g.kernelHeight * g.kernelWidth;
  packTransposed(kernel, taps, g.inChannels, g.outChannels, scratch);
  const small = scratch + align(panelBytes(taps * g.outChannels, g.inChannels));
  if (isProduct(g)) {
    multiplyPanels(dy, g.batch * g.inHeight * g.inWidth, g.outChannels, scratch, g.inChannels, dx, small);
  } else if (winogradPays(g)) winograd(g, dy, scratch, dx, small, true);
  else alongBatch(g, dy, scratch, dx, small, true);
}

function forwardAlongRow(g: Geometry, x: usize, panels: usize, y: usize, scratch: usize): void {
  const height = paddedHeight(g), width = paddedWidth(g);
  const merged = g.dilationWidth === 1;
  const across = merged ? 1 : g.kernelWidth;
  const depth = merged ? g.kernelWidth * g.inChannels : g.inChannels;
  const taps = scratch + align(EDGE + TAP);
  const pixel = <usize>g.inChannels * F32;
  let at = taps;
  for (let i = 0; i < g.kernelHeight; i++) {
    for (let j = 0; j < across; j++) {
      i32.store(at, (i * g.dilationHeight * width + j * g.dilationWidth) * <i32>pixel);
      i32.store(at, (i * across + j) * depth * <i32>PANEL, 4);
      at += TAP;
    }
  }
  const count = g.kernelHeight * across;
  const padded = at + 64;
  const whole = g.padTop === 0 && g.padLeft === 0 && height <= g.inHeight && width === g.inWidth;
  const inBytes = <usize>g.inHeight * g.inWidth * pixel;
  const panelSize = <usize>(count * depth) * PANEL;
  const outPixel = <usize>g.outChannels * F32, outRow = <usize>g.outWidth * outPixel;
  for (let n = 0; n < g.batch; n++) {
    const image = x + <usize>n * inBytes;
    if (!whole) padImage(image, g.inHeight, g.inWidth, g.inChannels, g.padTop, g.padLeft, height, width, padded);
    const source = whole ? image : padded;
    for (let column = 0; column < g.outChannels; column += 8) {
      const panel = panels + <usize>(column >> 3) * panelSize;
      for (let h = 0; h < g.outHeight; h++) {
        const from = source + <usize>(h * g.strideHeight * width) * pixel;
        const to = y + <usize>(n * g.outHeight + h) * outRow + <usize>column * F32;
        const xs = <usize>g.strideWidth * pixel;
        strip(taps, count, depth, from, xs, g.outWidth, panel, to, outPixel, g.outChannels - column, scratch);
      }
    }
  }
}

/**
 * The product tiled along the batch: every target position has its own list of taps that exist, so padding, and the
 * holes a stride leaves in the input's gradient, cost nothing.
 */
function alongBatch(g: Geometry, source: usize, panels: usize, target: usize, scratch: usize, gradient: bool): void {
  const fromPositions = gradient ? g.outHeight * g.outWidth : g.inHeight * g.inWidth;
  const depth = gradient ? g.outChannels : g.inChannels;
  const height = gradient ? g.inHeight : g.outHeight, width = gradient ? g.inWidth : g.outWidth;
  const columns = gradient ? g.inChannels : g.outChannels;
  const taps = g.kernelHeight * g.kernelWidth;
  const imageBytes = <usize>fromPositions * depth * F32, outBytes = <usize>height * width * columns * F32;
  const chunk = chunkOf(g.batch, imageBytes);
  const listSize = <usize>(taps + 1) * TAP;
  const lists = scratch + align(EDGE + TAP);
  const blockRows = max(1, min(height, BLOCK / (width * chunk)));
  const copy = lists + align(<usize>(blockRows * width) * listSize);
  const panelSize = <usize>(taps * depth) * PANEL;
  for (let first = 0; first < g.batch; first += chunk) {
    const batch = min(chunk, g.batch - first);
    toPositions(source + <usize>first * imageBytes, batch, fromPositions, depth, copy);
    for (let top = 0; top < height; top += blockRows) {
      const rows = min(blockRows, height - top);
      listTaps(g, top, rows, width, batch, depth, lists, listSize, gradient);
      const block = target + <usize>first * outBytes + <usize>(top * width * columns) * F32;
      for (let column = 0; column < columns; column += 8) {
        const panel = panels + <usize>(column >> 3) * panelSize;
        let list = lists, to = block + <usize>column * F32;
        for (let position = rows * width; position > 0; position--) {
          const count = i32.load(list);
          strip(list + TAP, count, depth, copy, <usize>depth * F32, batch, panel, to, outBytes, columns - column, scratch);
          list += listSize;
          to += <usize>columns * F32;
        }
      }
    }
  }
}

/** Writes, for each position of `rows` target rows from `top`, the number of its taps and then the taps. */
function listTaps(
  g: Geometry, top: i32, rows: i32, width: i32, batch: i32, depth: i32, lists: usize, listSize: usize, gradient: bool,
): void {
  const step = batch * depth * <i32>F32;
  const fromHeight = gradient ? g.outHeight : g.inHeight, fromWidth = gradient ? g.outWidth : g.inWidth;
  for (let h = top; h < top + rows; h++) {
    for (let w = 0; w < width; w++) {
      let at = lists + TAP;
      for (let i = 0; i < g.kernelHeight; i++) {
        const r = sourceIndex(h, i, g.strideHeight, g.dilationHeight, g.padTop, fromHeight, gradient);
        if (r < 0) continue;
        for (let j = 0; j < g.kernelWidth; j++) {
          const c = sourceIndex(w, j, g.strideWidth, g.dilationWidth, g.padLeft, fromWidth, gradient);
          if (c < 0) continue;
          i32.store(at, (r * fromWidth + c) * step);
          i32.store(at, (i * g.kernelWidth + j) * depth * <i32>PANEL, 4);
          at += TAP;
        }
      }
      i32.store(lists, <i32>((at - lists) / TAP) - 1);
      lists += listSize;
    }
  }
}

/** Row (or column) of the source that tap `tap` joins to row `index` of the target, or -1 where there is none. */
function sourceIndex(index: i32, tap: i32, stride: i32, dilation: i32, pad: i32, size: i32, gradient: bool): i32 {
  if (!gradient) {
    const at = index * stride + tap * dilation - pad;
    return at >= 0 && at < size ? at : -1;
  }
  const at = index + pad - tap * dilation;
  if (at < 0 || at % stride !== 0) return -1;
  return at / stride < size ? at / stride : -1;
}
