export { fold, headOf } from './fold/fold.js';
export { GOLDEN_COUNT, GOLDEN_TOLERANCE, goldenInputs, goldenLogits, goldenMatches } from './golden/golden.js';
export { BudgetError, InvalidBudgetError, ModulatorMismatchError, UnknownMethodError } from './km.errors.js';
export type { Adaptation, AdaptationMethod, AdaptationOptions, Mode } from './methods/method.types.js';
export { createAdaptation, getMethod, methodNames, plan } from './methods/registry.js';
export type { AdaptationParameter, ParameterGroup } from './modulators/part.types.js';
export { compactPlan } from './plan/compact-plan.js';
export type { Budget, CompactPlan, ModulatorPlan, PlannedKind, PlannedLayer } from './plan/plan.types.js';
