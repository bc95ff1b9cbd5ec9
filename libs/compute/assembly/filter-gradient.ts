import { F32, PANEL, VECTOR } from './simd';
import { Geometry, align, ceilDiv, isEmpty, isProduct } from './geometry';
import { EDGE, copyEdge } from './tile';
import { RUN, outer } from './outer';
import { toPanels } from './pack';
import { winogradPays } from './winograd';
import { winogradFilterGradient, winogradFilterScratch } from './winograd-filter-gradient';

/** Bytes of one x panel and one dy panel together: they stay in the second-level cache over all taps. */
const PANEL_PAIR: usize = 192 << 10;
/** Bytes of rearranged activations at a time; bounds the scratch memory of large maps. */
const CHUNK: usize = 8 << 20;

/**
 * Bytes left free behind each panel: with sizes that are powers of two, what is written together would otherwise fall
 * into one set of the first-level cache.
 */
const GAP: usize = 192;

// @ts-ignore: decorator
@inline
function xPositions(g: Geometry): i32 {
  return isProduct(g) ? 1 : g.inHeight * g.inWidth;
}

// @ts-ignore: decorator
@inline
function yPositions(g: Geometry): i32 {
  return isProduct(g) ? 1 : g.outHeight * g.outWidth;
}

/** A pointwise convolution treats every pixel as an image of its own. */
// @ts-ignore: decorator
@inline
function batchOf(g: Geometry): i32 {
  return isProduct(g) ? g.batch * g.inHeight * g.inWidth : g.batch;
}

function imageBytes(g: Geometry): usize {
  return (
    <usize>xPositions(g) * ceilDiv(g.inChannels, 4) * VECTOR + <usize>yPositions(g) * ceilDiv(g.outChannels, 8) * PANEL
  );
}

function chunkOf(g: Geometry): i32 {
  const pair = <usize>xPositions(g) * VECTOR + <usize>yPositions(g) * PANEL;
  const fit = min(PANEL_PAIR / pair, CHUNK / imageBytes(g));
  return min(batchOf(g), max(1, fit < 4 ? <i32>fit : <i32>fit & ~3));
}

/** Scratch bytes of `convFilterGradient`. */
export function filterGradientScratch(g: Geometry): usize {
  if (isEmpty(g)) return 0;
  if (winogradPays(g)) return winogradFilterScratch(g);
  const gaps = <usize>(ceilDiv(g.inChannels, 4) + ceilDiv(g.outChannels, 8)) * GAP;
  return align(EDGE) + align(<usize>yPositions(g) * RUN) + 128 + <usize>chunkOf(g) * imageBytes(g) + gaps;
}

/** `dw`, the gradient of `convForward` with respect to its kernel, from `x` and `dy`. */
export function convFilterGradient(geometry: usize, x: usize, dy: usize, dw: usize, scratch: usize): void {
  const g = changetype<Geometry>(geometry);
  if (isEmpty(g)) {
    memory.fill(dw, 0, <usize>(g.kernelHeight * g.kernelWidth * g.inChannels * g.outChannels) * F32);
    return;
  }
  if (winogradPays(g)) {
    winogradFilterGradient(g, x, dy, dw, scratch);
    return;
  }
  const xCount = xPositions(g), yCount = yPositions(g), batch = batchOf(g), chunk = chunkOf(g);
  const inWide = ceilDiv(g.inChannels, 4);
  const runs = scratch + align(EDGE);
  const xPanels = runs + align(<usize>yCount * RUN);
  const yPanels = align(xPanels + <usize>inWide * (<usize>(xCount * chunk) * VECTOR + GAP));
  const kernelTap = <usize>(g.inChannels * g.outChannels) * F32;
  for (let first = 0; first < batch; first += chunk) {
    const count = min(chunk, batch - first);
    toPanels(x + <usize>first * xCount * g.inChannels * F32, count, xCount, g.inChannels, 4, xPanels, GAP);
    toPanels(dy + <usize>first * yCount * g.outChannels * F32, count, yCount, g.outChannels, 8, yPanels, GAP);
    let tap = dw;
    for (let i = 0; i < g.kernelHeight; i++) {
      for (let j = 0; j < g.kernelWidth; j++) {
        const listed = isProduct(g) ? wholeRun(count, runs) : listRuns(g, i, j, count, runs);
        tapGradient(g, runs, listed, xPanels, xCount * count, yPanels, yCount * count, tap, scratch, first > 0);
        tap += kernelTap;
      }
    }
  }
}

/** All `[inChannels, outChannels]` of one tap. */
function tapGradient(
  g: Geometry, runs: usize, listed: i32, xPanels: usize, xPixels: i32, yPanels: usize, yPixels: i32, tap: usize, edge: usize, add: bool,
): void {
  const stride = <usize>g.outChannels * F32;
  for (let o = 0; o < g.outChannels; o += 8) {
    const dy = yPanels + <usize>(o >> 3) * (<usize>yPixels * PANEL + GAP);
    for (let c = 0; c < g.inChannels; c += 4) {
      const x = xPanels + <usize>(c >> 2) * (<usize>xPixels * VECTOR + GAP);
      const to = tap + <usize>c * stride + <usize>o * F32;
      if (c + 4 <= g.inChannels && o + 8 <= g.outChannels) outer(runs, listed, x, dy, to, stride, add);
      else {
        outer(runs, listed, x, dy, edge, PANEL, false);
        copyEdge(edge, to, stride, min(4, g.inChannels - c), min(8, g.outChannels - o), add);
      }
    }
  }
}

function wholeRun(pixels: i32, runs: usize): i32 {
  i32.store(runs, 0);
  i32.store(runs, 0, 4);
  i32.store(runs, pixels, 8);
  return 1;
}

/** The pixels that tap `(i, j)` joins, as runs in the panels' order; with stride 1 a whole row is one run. */
function listRuns(g: Geometry, i: i32, j: i32, batch: i32, runs: usize): i32 {
  const offset = j * g.dilationWidth - g.padLeft;
  const first = offset >= 0 ? 0 : ceilDiv(-offset, g.strideWidth);
  const last = g.inWidth - 1 - offset < 0 ? -1 : min(g.outWidth - 1, (g.inWidth - 1 - offset) / g.strideWidth);
  let at = runs;
  if (last < first) return 0;
  for (let oh = 0; oh < g.outHeight; oh++) {
    const h = oh * g.strideHeight + i * g.dilationHeight - g.padTop;
    if (h < 0 || h >= g.inHeight) continue;
    const merged = g.strideWidth === 1;
    for (let ow = first; ow <= last; ow++) {
      i32.store(at, (h * g.inWidth + ow * g.strideWidth + offset) * batch * <i32>VECTOR);
      i32.store(at, (oh * g.outWidth + ow) * batch * <i32>PANEL, 4);
      i32.store(at, merged ? (last - first + 1) * batch : batch, 8);
      at += RUN;
      if (merged) break;
    }
  }
  return <i32>((at - runs) / RUN);
}
