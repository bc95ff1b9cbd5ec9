import type { SigningKeyState } from '@kernelcast/contracts';

export type KeyAction = 'activate' | 'retire' | 'compromise';

/**
 * A key is published before it signs, so that devices know it by then; the active one is left only by activating
 * another. What is compromised stays so.
 */
const RESULTS: Record<SigningKeyState, Partial<Record<KeyAction, SigningKeyState>>> = {
  published: { activate: 'active', retire: 'retired', compromise: 'compromised' },
  active: {},
  retired: { compromise: 'compromised' },
  compromised: {},
};

/** The state that an action leads to, `undefined` where it is not allowed. */
export const keyStateAfter = (state: SigningKeyState, action: KeyAction): SigningKeyState | undefined =>
  RESULTS[state][action];

/** States of keys that devices are told to trust. */
export const TRUSTED: readonly SigningKeyState[] = ['published', 'active', 'retired'];
