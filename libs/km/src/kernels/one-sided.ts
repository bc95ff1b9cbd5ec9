import { createPrng } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import type { KernelNode } from '@kernelcast/nets';
import { modulatorSides } from '../plan/kernel-levels.js';

/** The factor that is trained and travels: that of the shorter side, the outputs' where both are alike. */
export interface TrainedSide {
  readonly role: 'outputs' | 'inputs';
  /** `[rows, rank]` of outputs, `[rank, columns]` of inputs. */
  readonly shape: number[];
  readonly rankAxis: 0 | 1;
}

export function trainedSide(node: KernelNode, rank: number): TrainedSide {
  const [rows, columns] = modulatorSides(node);
  return rows <= columns
    ? { role: 'outputs', shape: [rows, rank], rankAxis: 1 }
    : { role: 'inputs', shape: [rank, columns], rankAxis: 0 };
}

/** The signs drawn last for each layer: a device draws the same ones at every change of tasks. */
const drawn = new WeakMap<KernelNode, { readonly rank: number; readonly signs: FloatTensor }>();

/**
 * The factor of the other side: +1 where the upper bit of the next integer of the generator is 0, −1 where it is 1,
 * in row-major order. The layer's name is the seed, so signs need not travel and nothing of them is rounded. The result
 * is shared; nobody may write to it.
 */
export function drawSigns(node: KernelNode, rank: number): FloatTensor {
  const known = drawn.get(node);
  if (known?.rank === rank) return known.signs;
  const [rows, columns] = modulatorSides(node);
  const shape = trainedSide(node, rank).role === 'outputs' ? [rank, columns] : [rows, rank];
  const prng = createPrng(seedOf(node.id));
  const data = Float32Array.from({ length: rank * Math.max(rows, columns) }, () => (prng.nextFloat() < 0.5 ? 1 : -1));
  const signs = { shape, data };
  drawn.set(node, { rank, signs });
  return signs;
}

/** FNV-1a of 32 bits (Fowler, Noll and Vo) over the name, which is ASCII. */
function seedOf(name: string): number {
  const FNV_OFFSET = 0x811c9dc5;
  const FNV_PRIME = 0x01000193;
  return [...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), FNV_PRIME), FNV_OFFSET) >>> 0;
}
