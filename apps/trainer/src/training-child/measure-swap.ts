import type { WeightMap } from '@kernelcast/artifact';
import type { SwapTime } from '@kernelcast/contracts';
import { createResidentBase } from '@kernelcast/km';
import type { BaseNetwork } from '@kernelcast/nets';

const WARM_UP_ROUNDS = 2;
const ROUNDS = 12;
/** For large networks fewer rounds have to do. */
const TIME_LIMIT_MS = 3000;

/**
 * Times what changing to a modulator costs, on the backend that is set: folding it into a network of its own, the one
 * before it disposed, against one copy of the base's weights to memory that is there already, in turn to two places, as
 * `npm run bench:swap` has it. Both in turn in every round; lower quartiles over the rounds, so that what else the
 * machine does counts little. A backend that computes behind its calls is timed to their return.
 *
 * @param tensors - an artifact's
 */
export function measureSwap(base: BaseNetwork, tensors: WeightMap, backend: string): SwapTime {
  const weights = [...base.weights.values()].map(({ data }) => data);
  const places = [0, 1].map(() => weights.map((data) => new Float32Array(data.length)));
  const resident = createResidentBase(base);
  let current = resident.fold(tensors).runner;
  const copies: number[] = [];
  const swaps: number[] = [];
  const started = performance.now();
  try {
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round++) {
      const place = places[round % 2];
      const copy = timed(() => weights.forEach((data, n) => place?.[n]?.set(data)));
      const swap = timed(() => {
        const { runner } = resident.fold(tensors);
        current.dispose();
        current = runner;
      });
      if (round < WARM_UP_ROUNDS) continue;
      copies.push(copy);
      swaps.push(swap);
      if (performance.now() - started > TIME_LIMIT_MS) break;
    }
  } finally {
    current.dispose();
    resident.dispose();
  }
  const ms = lowerQuartile(swaps);
  return { ms: rounded(ms), ratio: rounded(ms / lowerQuartile(copies)), backend };
}

function timed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

const lowerQuartile = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? NaN;

/** Microseconds are as fine as the clock. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
