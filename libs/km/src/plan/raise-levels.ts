/** A kernel as the planner sees it. */
export interface Adaptable {
  /** Parameters of each size it can have, ascending. */
  readonly costs: readonly number[];
  /** What one more parameter is worth here, compared with the others. */
  readonly worth: number;
}

/**
 * Spends `allowed` parameters on kernels: all get the highest size that all can have together. What is left is spent
 * in rounds, each of which gives one more size to those kernels that together come closest to what is left, the ones
 * of most worth among equals; the last round is the one after which no kernel's next size would fit. So sizes stay
 * even, and more to spend never means less spent.
 *
 * @param least - size that each kernel has in any case, which must fit; −1 for none
 * @returns for each kernel the index of its size, −1 for none
 */
export function raiseLevels(kernels: readonly Adaptable[], allowed: number, least: -1 | 0): number[] {
  const highest = Math.max(-1, ...kernels.map(({ costs }) => costs.length - 1));
  const levelsAt = (common: number) => kernels.map(({ costs }) => Math.min(common, costs.length - 1));
  let common: number = least;
  while (common < highest && totalOf(kernels, levelsAt(common + 1)) <= allowed) common++;
  const levels = levelsAt(common);
  for (let raised = true; raised;) {
    const round = fillUp(stepsFrom(kernels, levels), allowed - totalOf(kernels, levels));
    for (const kernel of round) levels[kernel] = (levels[kernel] ?? 0) + 1;
    raised = round.length > 0;
  }
  return levels;
}

interface Step {
  readonly kernel: number;
  readonly cost: number;
}

/** One more size for each kernel that has one, those of most worth first. */
function stepsFrom(kernels: readonly Adaptable[], levels: readonly number[]): Step[] {
  const worth = (kernel: number) => kernels[kernel]?.worth ?? 0;
  return kernels
    .flatMap(({ costs }, kernel) => {
      const level = levels[kernel] ?? 0;
      return level + 1 < costs.length ? [{ kernel, cost: costAt(costs, level + 1) - costAt(costs, level) }] : [];
    })
    .sort((a, b) => worth(b.kernel) - worth(a.kernel));
}

/**
 * The kernels whose steps together come closest to `room` without exceeding it: a subset sum by dynamic programming.
 * For every total it remembers the step that first completed it, so early steps are preferred, and the steps before
 * that one are found at the total without it.
 */
function fillUp(steps: readonly Step[], room: number): number[] {
  const completedBy = new Int32Array(room + 1).fill(-1);
  const isReached = (total: number) => total === 0 || completedBy[total] !== -1;
  steps.forEach(({ cost }, index) => {
    for (let total = room; total >= cost; total--) {
      if (!isReached(total) && isReached(total - cost)) completedBy[total] = index;
    }
  });
  let total = room;
  while (!isReached(total)) total--;
  const chosen: number[] = [];
  for (let step = steps[completedBy[total] ?? -1]; step; step = steps[completedBy[total] ?? -1]) {
    chosen.push(step.kernel);
    total -= step.cost;
  }
  return chosen;
}

function totalOf(kernels: readonly Adaptable[], levels: readonly number[]): number {
  return kernels.reduce((total, { costs }, kernel) => total + costAt(costs, levels[kernel] ?? 0), 0);
}

function costAt(costs: readonly number[], level: number): number {
  return costs[level] ?? 0;
}
