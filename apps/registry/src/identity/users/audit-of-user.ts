import type { User } from '@kernelcast/contracts';

/** What an audit entry says of a user. */
export const auditOf = ({ email, name, installationAdmin, memberships, disabledAt }: User) => ({
  email,
  name,
  installationAdmin,
  memberships: memberships.map(({ projectId, role }) => ({ projectId, role })),
  disabledAt,
});
