/**
 * How large a modulator may be, head excluded: as a share of the base's trainable parameters, or in bytes of its
 * numbers in half precision.
 */
export type Budget = { readonly paramsRatio: number } | { readonly bytes: number };

/**
 * What a layer gets:
 * `lowRank` a kernel modulator `1 + A·B` of the given rank; `grid` one factor for every weight of a depthwise kernel;
 * `scaleShift` a BatchNorm's γ, β and statistics; `shift` a BatchNorm's β and mean only; `bias` an offset to a bias.
 */
export type PlannedKind = 'lowRank' | 'grid' | 'scaleShift' | 'shift' | 'bias';

export interface PlannedLayer {
  readonly layer: string;
  readonly kind: PlannedKind;
  /** Only of `lowRank`. */
  readonly rank?: number;
  /** Numbers that travel for this entry. */
  readonly params: number;
}

/** Which modulators an adaptation has, in the order of the graph's nodes. Deterministic in graph, budget and method. */
export interface ModulatorPlan {
  readonly method: string;
  /** Trainable parameters of the base network. */
  readonly baseParams: number;
  /** What the budget allowed. */
  readonly budgetParams: number;
  /** What the plan takes, head excluded: never more than `budgetParams`. */
  readonly totalParams: number;
  readonly layers: readonly PlannedLayer[];
}

/** The plan as a file carries it: one short code per layer, in the graph's order. */
export interface CompactPlan {
  readonly budget: number;
  readonly params: number;
  /** `r5` low rank 5, `g` grid, `n` BatchNorm, `s` BatchNorm's shift only, `b` bias. */
  readonly layers: readonly string[];
}
