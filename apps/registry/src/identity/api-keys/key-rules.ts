import type { KeyScope, Role } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { Identity } from '../../projects/project-access.js';
import type { CredentialIdentity } from '../identity.types.js';

/** Whether somebody with one role may give away another. Roles other than the admin's have no order. */
const covers = (own: Role, given: Role): boolean => own === 'admin' || own === given || given === 'viewer';

/** What an API key may do, before it is looked at who made it. */
interface KeyRights {
  readonly projectId: string;
  readonly role: Role;
  readonly installationAdmin: boolean;
}

/** Whether a key opens no more than its user may open now. */
export const isWithin = (
  { projectId, role, installationAdmin }: KeyRights,
  owner: Pick<Identity, 'installationAdmin' | 'memberships'>,
): boolean => {
  if (owner.installationAdmin) return true;
  if (installationAdmin) return false;
  return owner.memberships.some(({ project, role: own }) => project.id === projectId && covers(own, role));
};

/** What is asked of a new key. */
export interface KeyRequest {
  readonly role: Role;
  readonly scopes: readonly KeyScope[] | null;
  readonly installationAdmin: boolean;
  readonly expiresAt: Date | null;
}

/**
 * A key never gives more than its maker has: no other role, no further scope, no longer life. Keys make keys only as
 * admins, so that a leaked one of a lesser role cannot outlive its revocation.
 * @param role of the maker in the project
 * @throws AppError `forbidden`
 */
export const assertMayMake = (maker: CredentialIdentity, role: Role, request: KeyRequest): void => {
  const refuse = (detail: string): never => {
    throw new AppError('forbidden', detail);
  };
  if (maker.kind === 'api_key' && role !== 'admin') refuse('Only the API key of an admin can make another');
  if (!covers(role, request.role)) refuse(`With the role ${role} one cannot make a key of the role ${request.role}`);
  if (request.installationAdmin && !maker.installationAdmin) refuse('Only an admin of the installation can do that');
  const { scopes } = maker;
  if (scopes && !request.scopes?.every((scope) => scopes.includes(scope))) {
    refuse(`The key that makes it is narrowed to ${scopes.join(', ')}; name scopes among these`);
  }
  assertNotBeyond(maker, request.expiresAt);
};

/**
 * Nothing that a key makes or changes, itself included, lives longer than it does.
 * @throws AppError `forbidden`
 */
export const assertNotBeyond = (maker: CredentialIdentity, expiresAt: Date | null): void => {
  if (!maker.expiresAt || (expiresAt && expiresAt <= maker.expiresAt)) return;
  throw new AppError(
    'forbidden',
    `The key that asks expires at ${maker.expiresAt.toISOString()}, none may live longer`,
  );
};
