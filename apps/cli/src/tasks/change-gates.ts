import { gatesSchema, type Gates } from '@kernelcast/contracts';
import { UsageError } from '../failures/cli-error.js';

export interface GateChanges {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly advisory?: boolean;
  readonly remove?: readonly string[];
}

/** Name of the limit of each gate. */
const LIMITS: Readonly<Record<keyof Gates, string>> = {
  accuracyFloor: 'value',
  perClassFloor: 'value',
  notWorse: 'alpha',
  beatsHead: 'margin',
  maxBytes: 'bytes',
  maxSwapMs: 'ms',
  maxSwapRatio: 'ratio',
};

const isGate = (name: string): name is keyof Gates => name in LIMITS;

const check = (name: string): keyof Gates => {
  if (isGate(name)) return name;
  throw new UsageError(`There is no gate "${name}"`, `There are ${Object.keys(LIMITS).join(', ')}.`);
};

/** Gates after changes. @throws UsageError when one is unknown or its limit is none */
export const changeGates = (gates: Gates, { set = {}, advisory, remove = [] }: GateChanges): Gates => {
  const gone = new Set<string>(remove.map(check));
  const kept = Object.fromEntries(Object.entries(gates).filter(([name]) => !gone.has(name)));
  const enforcement = advisory ? 'advisory' : 'required';
  const asked = Object.entries(set).map(([name, limit]) => [name, { [LIMITS[check(name)]]: limit, enforcement }]);
  const changed = gatesSchema.safeParse({ ...kept, ...Object.fromEntries(asked) });
  if (changed.success) return changed.data;
  const faults = changed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new UsageError(faults.join('; '), 'See kernelcast tasks gates --help');
};
