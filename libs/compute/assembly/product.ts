import { F32, PANEL } from './simd';
import { align } from './geometry';
import { EDGE, TAP, strip } from './tile';
import { packColumns, packTransposed, panelBytes, transpose } from './pack';

/** Rows multiplied with one panel before the next panel's turn: they stay in the second-level cache. */
const BLOCK = 256;

/** `y[rows, columns] = x[rows, depth] * panels`; `scratch` holds `TAP + EDGE` bytes. */
export function multiplyPanels(
  x: usize, rows: i32, depth: i32, panels: usize, columns: i32, y: usize, scratch: usize,
): void {
  const taps = scratch, edge = scratch + TAP;
  i32.store(taps, 0);
  i32.store(taps, 0, 4);
  const xs = <usize>depth * F32, ys = <usize>columns * F32;
  for (let row = 0; row < rows; row += BLOCK) {
    const block = min(BLOCK, rows - row);
    for (let column = 0; column < columns; column += 8) {
      const panel = panels + <usize>(column >> 3) * <usize>depth * PANEL;
      const to = y + <usize>row * ys + <usize>column * F32;
      strip(taps, 1, depth, x + <usize>row * xs, xs, block, panel, to, ys, columns - column, edge);
    }
  }
}

/** Scratch bytes of `matMul`. */
export function matMulScratch(rows: i32, depth: i32, columns: i32): usize {
  return align(panelBytes(depth, columns)) + align(TAP + EDGE) + align(<usize>rows * depth * F32);
}

/**
 * `y[rows, columns] = op(a) * op(b)`, where `op` transposes when its flag is set: `a` is stored `[rows, depth]` or
 * `[depth, rows]`, `b` `[depth, columns]` or `[columns, depth]`.
 */
export function matMul(
  a: usize, b: usize, y: usize, rows: i32, depth: i32, columns: i32, transposeA: bool, transposeB: bool, scratch: usize,
): void {
  const panels = scratch;
  const small = scratch + align(panelBytes(depth, columns));
  if (transposeB) packTransposed(b, 1, columns, depth, panels);
  else packColumns(b, depth, columns, panels);
  let source = a;
  if (transposeA) {
    source = small + align(TAP + EDGE);
    transpose(a, depth, rows, source);
  }
  multiplyPanels(source, rows, depth, panels, columns, y, small);
}
