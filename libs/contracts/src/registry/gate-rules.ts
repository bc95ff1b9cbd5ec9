import type { Evaluation } from './evaluation.js';
import type { GateName, GateResult, Gates } from './gates.js';

/** What is known of a version when its gates are evaluated. */
export interface GateFacts {
  readonly metrics: Evaluation;
  /** Bytes of its artifact. */
  readonly size: number;
  /** The version that it must not be worse than, null where there is none. */
  readonly reference: string | null;
}

type Finding = Pick<GateResult, 'measured' | 'limit' | 'verdict' | 'detail'>;
type Rules = { readonly [G in GateName]: (gate: NonNullable<Gates[G]>, facts: GateFacts) => Finding };

const TRAIN_AGAIN = 'train it again to have it measured';

const rules: Rules = {
  accuracyFloor: ({ value }, { metrics: { top1 } }) =>
    found(top1 >= value, { measured: top1, limit: value, detail: `${percent(top1)} of the test images are right` }),
  perClassFloor: ({ value }, { metrics }) => perClassFinding(value, metrics),
  notWorse: ({ alpha }, facts) => notWorseFinding(alpha, facts),
  beatsHead: ({ margin }, { metrics: { top1, head } }) => {
    if (!head) return unmeasured(margin, `The accuracy of a linear probe is not known; ${TRAIN_AGAIN}`);
    const lead = top1 - head.top1;
    return found(lead > margin, { measured: lead, limit: margin, detail: `A linear probe has ${percent(head.top1)}` });
  },
  maxBytes: ({ bytes }, { size }) =>
    found(size <= bytes, { measured: size, limit: bytes, detail: `The artifact has ${size} bytes` }),
  maxSwapMs: ({ ms }, { metrics: { swap } }) =>
    swap
      ? found(swap.ms <= ms, { measured: swap.ms, limit: ms, detail: `A swap took ${swap.ms} ms on ${swap.backend}` })
      : unmeasured(ms, `The time of a swap is not known; ${TRAIN_AGAIN}`),
  maxSwapRatio: ({ ratio }, { metrics: { swap } }) =>
    swap
      ? found(swap.ratio <= ratio, {
          measured: swap.ratio,
          limit: ratio,
          detail: `A swap took ${swap.ratio} times a copy of the base network's weights`,
        })
      : unmeasured(ratio, `The time of a swap is not known; ${TRAIN_AGAIN}`),
};

/** Evaluates the gates that are asked for, in the order in which they are declared. */
export const evaluateGates = (gates: Gates, facts: GateFacts): GateResult[] =>
  (Object.keys(rules) as GateName[]).flatMap((name) => resultOf(name, gates, facts));

/** Whether nothing that is required is missing. */
export const gatesPass = (results: readonly GateResult[]): boolean => gatesInTheWay(results).length === 0;

/** Required gates that have failed or could not be measured. */
export const gatesInTheWay = (results: readonly GateResult[]): GateResult[] =>
  results.filter(({ enforcement, verdict }) => enforcement === 'required' && verdict !== 'passed');

const resultOf = <G extends GateName>(name: G, gates: Gates, facts: GateFacts): GateResult[] => {
  const gate: Gates[G] = gates[name];
  if (gate === undefined) return [];
  const rule = rules[name] as (gate: NonNullable<Gates[G]>, facts: GateFacts) => Finding;
  return [{ gate: name, enforcement: gate.enforcement, ...rule(gate, facts) }];
};

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const found = (passes: boolean, finding: Omit<Finding, 'verdict'>): Finding => ({
  ...finding,
  verdict: passes ? 'passed' : 'failed',
});
const unmeasured = (limit: number, detail: string): Finding => ({
  measured: null,
  limit,
  verdict: 'not_measured',
  detail,
});

/** The worst class decides. A class without a test image cannot be vouched for. */
const perClassFinding = (limit: number, { perClass }: Evaluation): Finding => {
  const blind = perClass.filter(({ images }) => images === 0);
  const [worst, ...others] = perClass.filter(({ images }) => images > 0).sort((a, b) => a.accuracy - b.accuracy);
  if (!worst) return unmeasured(limit, 'No class was measured by itself');
  const { label, accuracy: measured } = worst;
  if (measured >= limit && blind.length > 0) return unmeasured(limit, `No test image of ${namesOf(blind)}`);
  const below = [worst, ...others].filter(({ accuracy }) => accuracy < limit);
  const detail =
    below.length > 0 ? `Below it: ${namesOf(below)}` : `The worst class is "${label}" with ${percent(measured)}`;
  return found(measured >= limit, { measured, limit, detail });
};

/** Labels may be long and many. */
const NAMED_CLASSES = 10;
const namesOf = (classes: Evaluation['perClass']): string => {
  const names = classes.slice(0, NAMED_CLASSES).map(({ label }) => `"${label}"`);
  return names.join(', ') + (classes.length > NAMED_CLASSES ? ` and ${classes.length - NAMED_CLASSES} more` : '');
};

const notWorseFinding = (limit: number, { metrics: { comparison }, reference }: GateFacts): Finding => {
  if (reference === null) {
    return found(true, { measured: null, limit, detail: 'There is no approved version that it could be worse than' });
  }
  if (!comparison) return unmeasured(limit, `The trainer could not compare it with ${reference}; ${TRAIN_AGAIN}`);
  const { modulatorVersion, better, worse } = comparison;
  if (modulatorVersion !== reference) {
    return unmeasured(limit, `It was compared with ${modulatorVersion}, but ${reference} is what counts now; ${TRAIN_AGAIN}`); // prettier-ignore
  }
  const measured = worseByChance(better, worse);
  const detail = `Of the test images that only one has right, it has ${better} and ${reference} ${worse}`;
  return found(measured > limit, { measured, limit, detail });
};

/**
 * How likely a version that is just as good loses at least `worse` of the `better + worse` images that only one of two
 * has right: each goes to either with even odds, so the probability is `Σ_{k=0}^{better} C(n, k) / 2^n` with
 * `n = better + worse`. The one-sided exact form of McNemar's test (Psychometrika 12, 1947).
 */
export const worseByChance = (better: number, worse: number): number => {
  const throws = better + worse;
  let logTerm = -throws * Math.LN2;
  let tail = 0;
  for (let heads = 0; heads <= better; heads++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((throws - heads) / (heads + 1));
  }
  return Math.min(1, tail);
};
