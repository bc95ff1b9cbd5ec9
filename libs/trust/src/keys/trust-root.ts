import type { TrustRoot } from '@kernelcast/contracts';

export type TrustedKey = TrustRoot['keys'][number];
export type KeyRole = TrustedKey['role'];

/** The keys that may sign in one role: a release key must never pass for a manifest key, nor the reverse. */
export function keysFor(root: TrustRoot, role: KeyRole): TrustedKey[] {
  return root.keys.filter((key) => key.role === role);
}
