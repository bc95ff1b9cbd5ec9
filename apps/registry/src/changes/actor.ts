import type { Role } from '@kernelcast/contracts';
import type { Precondition } from '@kernelcast/platform';

/** A repeatable request: the same key with the same content gives the first answer again. */
export interface Idempotency {
  readonly key: string;
  /** The operation; keys of different operations are different keys. */
  readonly route: string;
  /** Digest of what was asked for. */
  readonly fingerprint: string;
}

/** Who asks for a change, and under which request. */
export interface Actor {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly requestId: string;
  readonly idempotency?: Idempotency;
  /** State in which the change expects its resource; check it by `assertPrecondition`. */
  readonly precondition?: Precondition;
}

/** What the registry does by itself: bootstrap, completing rollouts. */
export const SYSTEM: Actor = { id: 'system', name: 'system', role: 'admin', requestId: '' };

/** The actor of a request whose body was streamed, so that only its handler knows what it held. */
export const withFingerprint = (actor: Actor, fingerprint: string): Actor =>
  actor.idempotency ? { ...actor, idempotency: { ...actor.idempotency, fingerprint } } : actor;
