import { z } from 'zod';
import { MAX_FEW_SHOT_STEPS, META_METHODS } from './meta-learning.js';

export const scenarioSchema = z.enum(['transfer', 'few-shot', 'meta']).meta({
  description:
    '`transfer` trains a modulator on a dataset; `few-shot` makes one from a handful of images on a base network ' +
    'that was meta-trained; `meta` meta-trains a base network',
});
export type Scenario = z.infer<typeof scenarioSchema>;

/** What decides whether an order fits its scenario. */
interface ScenarioOrder {
  readonly scenario: Scenario;
  readonly method: string;
  readonly hyperparameters: Readonly<Record<string, unknown>>;
  readonly task?: unknown;
  readonly outputName?: unknown;
  readonly meta?: unknown;
  readonly budget?: { readonly seconds?: unknown };
  readonly startFrom: unknown;
}

interface ScenarioFault {
  readonly path: readonly string[];
  readonly message: string;
}

/** What a job of the scenario must have that it has not, or must not have that it has. */
const scenarioFaults = (order: ScenarioOrder): ScenarioFault[] => {
  const { scenario } = order;
  const isMeta = scenario === 'meta';
  const needed = isMeta ? 'outputName' : 'task';
  const strange = isMeta ? (['task'] as const) : (['outputName', 'meta'] as const);
  const faults = strange.filter((field) => order[field] !== undefined).map((field) => unknownTo(scenario, [field]));
  if (order[needed] === undefined) faults.push({ path: [needed], message: `a ${scenario} job needs it` });
  if (scenario === 'transfer') return faults;
  if (order.startFrom !== null) faults.push(unknownTo(scenario, ['startFrom']));
  return [...faults, ...(isMeta ? metaFaults(order) : fewShotFaults(order))];
};

const unknownTo = (scenario: Scenario, path: readonly string[]): ScenarioFault => ({
  path,
  message: `a ${scenario} job has none`,
});

const metaFaults = ({ method, hyperparameters, budget }: ScenarioOrder): ScenarioFault[] => [
  ...(META_METHODS.some((known) => known === method)
    ? []
    : [{ path: ['method'], message: `meta-training prepares for ${META_METHODS.join(', ')}` }]),
  ...Object.keys(hyperparameters).map((name) => unknownTo('meta', ['hyperparameters', name])),
  ...(budget?.seconds === undefined ? [] : [unknownTo('meta', ['budget', 'seconds'])]),
];

const fewShotFaults = ({ method, hyperparameters, budget }: ScenarioOrder): ScenarioFault[] => {
  const { steps, ...others } = hyperparameters;
  return [
    ...(method === 'km' ? [] : [{ path: ['method'], message: 'a few-shot job makes a modulator of method km' }]),
    ...Object.keys(others).map((name) => unknownTo('few-shot', ['hyperparameters', name])),
    ...(typeof steps === 'number' && steps > MAX_FEW_SHOT_STEPS
      ? [{ path: ['hyperparameters', 'steps'], message: `a few-shot job takes at most ${MAX_FEW_SHOT_STEPS}` }]
      : []),
    ...(budget === undefined
      ? []
      : [{ path: ['budget'], message: 'a few-shot job has that of the base network it starts from' }]),
  ];
};

/** Reports them where they are. */
export const checkScenario = (order: ScenarioOrder, context: z.core.$RefinementCtx): void => {
  for (const { path, message } of scenarioFaults(order)) {
    context.addIssue({ code: 'custom', path: [...path], message, input: order });
  }
};
