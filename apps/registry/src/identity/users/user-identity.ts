import type { Prisma } from '@kernelcast/database';
import type { CredentialIdentity } from '../identity.types.js';

/** What has to be read of a user to know what they may do. */
export const userIdentityFields = {
  id: true,
  name: true,
  installationAdmin: true,
  disabledAt: true,
  memberships: {
    select: { role: true, project: { select: { id: true, name: true, archivedAt: true } } },
    orderBy: { project: { name: 'asc' } },
  },
} as const satisfies Prisma.UserSelect;

/** Who a user is; null for one who is disabled. */
export const identityOfUser = (
  row: Prisma.UserGetPayload<{ select: typeof userIdentityFields }>,
): CredentialIdentity | null => {
  const { disabledAt, ...user } = row;
  return disabledAt ? null : { ...user, kind: 'user', scopes: null, expiresAt: null };
};
