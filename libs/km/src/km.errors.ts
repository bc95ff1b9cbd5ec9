/** The budget cannot hold even the smallest plan of the method. Carries the smallest budget that can. */
export class BudgetError extends Error {
  readonly code = 'budget_unreachable';

  constructor(
    /** Smallest feasible `paramsRatio`, rounded up to a millionth. */
    readonly smallestRatio: number,
    /** Smallest feasible `bytes`. */
    readonly smallestBytes: number,
  ) {
    super(
      `The budget is too small: the smallest feasible one is ${smallestRatio} of the base, or ${smallestBytes} bytes`,
    );
    this.name = 'BudgetError';
  }
}

/** A value that is no budget at all: not positive, or not finite. */
export class InvalidBudgetError extends Error {
  readonly code = 'budget_invalid';

  constructor(reason: string) {
    super(`Budget invalid: ${reason}`);
    this.name = 'InvalidBudgetError';
  }
}

/** No adaptation method has this name. */
export class UnknownMethodError extends Error {
  readonly code = 'method_unknown';

  constructor(name: string, known: readonly string[]) {
    super(`Unknown method '${name}'; known: ${known.join(', ')}`);
    this.name = 'UnknownMethodError';
  }
}

/** Tensors that do not fit the network or the adaptation they are given to. */
export class ModulatorMismatchError extends Error {
  readonly code = 'modulator_mismatch';

  constructor(reason: string) {
    super(`Modulator does not fit: ${reason}`);
    this.name = 'ModulatorMismatchError';
  }
}
