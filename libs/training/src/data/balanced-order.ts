import type { BatchOrder, OrderOptions } from './order.js';
import { permutationOf } from './permutation.js';
import { deriveSeed, STREAM } from './seeds.js';

/**
 * Shows every class equally often. The run is one long row of rounds, cut into batches: a round shows one image of
 * each class, the classes in an order of its own; a class goes through its images in random order, all of them before
 * any comes again, then in another order. So any batch holds each class equally often, but for the one round that is
 * cut at each of its ends.
 *
 * An epoch is as many batches as without balance, though it no longer is one pass over the images.
 */
export class BalancedOrder implements BatchOrder {
  /** Indices of the images of each class that has any. */
  private readonly members: readonly Uint32Array[];
  private round = -1;
  private classes: Uint32Array = new Uint32Array();
  private readonly passes: { pass: number; permutation: Uint32Array }[];

  constructor(private readonly options: Omit<OrderOptions, 'balanced'>) {
    this.members = membersOf(options.labels);
    this.passes = this.members.map(() => ({ pass: -1, permutation: new Uint32Array() }));
  }

  get batchesPerEpoch(): number {
    return Math.floor(this.options.labels.length / this.options.batchSize);
  }

  at(step: number): Uint32Array {
    const { batchSize } = this.options;
    return Uint32Array.from({ length: batchSize }, (_, i) => this.imageAt(step * batchSize + i));
  }

  private imageAt(position: number): number {
    const count = this.members.length;
    const round = Math.floor(position / count);
    if (round !== this.round) {
      this.classes = permutationOf(count, deriveSeed(this.options.seed, STREAM.balance, round));
      this.round = round;
    }
    return this.memberAt(this.classes[position % count] ?? 0, round);
  }

  /** A round shows each class once, so its number counts a class's images as well. */
  private memberAt(index: number, round: number): number {
    const images = this.members[index] ?? new Uint32Array();
    const current = this.passes[index] ?? { pass: -1, permutation: images };
    const pass = Math.floor(round / images.length);
    if (pass !== current.pass) {
      const seed = deriveSeed(deriveSeed(this.options.seed, STREAM.order, pass), STREAM.balance, index);
      current.permutation = permutationOf(images.length, seed);
      current.pass = pass;
    }
    return images[current.permutation[round % images.length] ?? 0] ?? 0;
  }
}

function membersOf(labels: Uint16Array): Uint32Array[] {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, image) => {
    const members = byClass.get(label);
    if (members) members.push(image);
    else byClass.set(label, [image]);
  });
  return [...byClass].sort(([a], [b]) => a - b).map(([, members]) => Uint32Array.from(members));
}
