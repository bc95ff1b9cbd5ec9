/**
 * How large a modulator may be, head excluded: as a share of the base's trainable parameters, or in bytes of its
 * numbers in half precision.
 */
export type Budget = { readonly paramsRatio: number } | { readonly bytes: number };

/** How much a plan may spend, and what it counts: numbers that are trained, or numbers that travel. */
export interface Allowance {
  readonly params: number;
  readonly counts: 'trained' | 'sent';
}

/**
 * What a layer gets. Of a kernel W:
 * `lowRank` a modulator `W · (1 + A·B)` of the given rank; `oneSided` the same, where only the factor of the kernel's
 * shorter side is trained and the other is signs that everybody can draw; `grid` one factor for every weight of a depthwise kernel;
 * `delta` an addend `W + A·B` of the given rank; `deltaGrid` one addend for every weight; `kernel` W itself.
 *
 * Of a BatchNorm, whose mean becomes the task's in every case:
 * `scaleShift` γ, β and the variance; `beta` β and the variance; `shift` β only; `norm` γ and β themselves, rather
 * than changes of them, and the variance.
 *
 * Of a bias b: `bias` an offset to it; `wholeBias` likewise, trained with the rate of the base's parameters.
 */
export type PlannedKind =
  | 'lowRank'
  | 'oneSided'
  | 'grid'
  | 'delta'
  | 'deltaGrid'
  | 'kernel'
  | 'scaleShift'
  | 'beta'
  | 'shift'
  | 'norm'
  | 'bias'
  | 'wholeBias';

export interface PlannedLayer {
  readonly layer: string;
  readonly kind: PlannedKind;
  /** Only of `lowRank`, `oneSided` and `delta`. */
  readonly rank?: number;
  /** Numbers that are trained. */
  readonly params: number;
  /** Numbers that travel: more than are trained where the task's statistics come in. */
  readonly sent: number;
}

/** Which modulators an adaptation has, in the order of the graph's nodes. Deterministic in graph, budget and method. */
export interface ModulatorPlan {
  readonly method: string;
  /** Trainable parameters of the base network. */
  readonly baseParams: number;
  /** What the budget allowed. */
  readonly budgetParams: number;
  /** What is trained, head excluded. */
  readonly totalParams: number;
  /**
   * What travels, head excluded. It keeps to a budget in bytes, as `totalParams` does to one that is a share of the
   * base's parameters, unless the method has only one size.
   */
  readonly sentParams: number;
  readonly layers: readonly PlannedLayer[];
}

/** The plan as a file carries it: one short code per entry, in the graph's order. */
export interface CompactPlan {
  readonly budget: number;
  readonly params: number;
  /** A letter for the kind, and the rank where there is one: `r5` is a low rank of 5. */
  readonly layers: readonly string[];
}
