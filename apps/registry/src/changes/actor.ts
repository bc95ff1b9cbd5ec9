import type { Principal } from '@kernelcast/contracts';
import type { Precondition } from '@kernelcast/platform';

/** A repeatable request: the same key with the same content gives the first answer again. */
export interface Idempotency {
  readonly key: string;
  /** The operation; keys of different operations are different keys. */
  readonly route: string;
  /** Digest of what was asked for. */
  readonly fingerprint: string;
  /** Called when the answer is that of an earlier request. */
  readonly replayed?: () => void;
}

/** On whose account a change is made. */
export interface Author {
  readonly id: string;
  /** The project that holds what is changed; null for what concerns the whole installation. */
  readonly projectId: string | null;
  readonly requestId: string;
  readonly idempotency?: Idempotency;
  /** State in which the change expects its resource; check it by `assertPrecondition`. */
  readonly precondition?: Precondition;
}

/** Who asks for a change, and under which request. */
export interface Actor extends Readonly<Principal>, Author {
  readonly projectId: string;
}

/**
 * What the registry does by itself, such as completing rollouts.
 * @param projectId of the project that holds what is changed; null for what concerns the whole installation
 */
export const systemIn = (projectId: string | null): Author => ({ id: 'system', projectId, requestId: '' });

/** The actor of a request whose body was streamed, so that only its handler knows what it held. */
export const withFingerprint = (actor: Actor, fingerprint: string): Actor =>
  actor.idempotency ? { ...actor, idempotency: { ...actor.idempotency, fingerprint } } : actor;
