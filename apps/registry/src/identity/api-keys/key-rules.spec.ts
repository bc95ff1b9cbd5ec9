import type { CredentialIdentity } from '../identity.types.js';
import { assertMayMake, isWithin, type KeyRequest } from './key-rules.js';

const project = { id: 'prj_1', name: 'vision', archivedAt: null };
const user: CredentialIdentity = {
  id: 'usr_1',
  kind: 'user',
  name: 'Ada',
  installationAdmin: false,
  memberships: [{ project, role: 'trainer' }],
  scopes: null,
  expiresAt: null,
};
const key: CredentialIdentity = { ...user, id: 'key_1', kind: 'api_key' };
const soon = new Date(1000);
const request: KeyRequest = { role: 'trainer', scopes: null, installationAdmin: false, expiresAt: null };
const refused = expect.objectContaining({ code: 'forbidden' }) as Error;

describe('who makes an API key', () => {
  it('may give away their own role, and a viewer’s', () => {
    expect(() => assertMayMake(user, 'trainer', request)).not.toThrow();
    expect(() => assertMayMake(user, 'trainer', { ...request, role: 'viewer' })).not.toThrow();
    expect(() => assertMayMake(user, 'admin', { ...request, role: 'operator' })).not.toThrow();
    for (const role of ['approver', 'operator', 'admin'] as const) {
      expect(() => assertMayMake(user, 'trainer', { ...request, role })).toThrow(refused);
    }
  });

  it('cannot make an admin of the installation without being one', () => {
    const asked = { ...request, installationAdmin: true };
    expect(() => assertMayMake(user, 'admin', asked)).toThrow(refused);
    expect(() => assertMayMake({ ...user, installationAdmin: true }, 'admin', asked)).not.toThrow();
  });

  it('is an admin, when it is a key', () => {
    expect(() => assertMayMake(key, 'trainer', request)).toThrow(refused);
    expect(() => assertMayMake(key, 'admin', request)).not.toThrow();
  });

  it('cannot widen scopes, nor leave them out', () => {
    const narrowed = { ...key, scopes: ['read', 'admin:write'] as const };
    expect(() => assertMayMake(narrowed, 'admin', { ...request, scopes: ['read'] })).not.toThrow();
    expect(() => assertMayMake(narrowed, 'admin', { ...request, scopes: ['jobs:write'] })).toThrow(refused);
    expect(() => assertMayMake(narrowed, 'admin', request)).toThrow(refused);
  });

  it('cannot outlive itself', () => {
    const expiring = { ...key, expiresAt: soon };
    expect(() => assertMayMake(expiring, 'admin', { ...request, expiresAt: soon })).not.toThrow();
    expect(() => assertMayMake(expiring, 'admin', { ...request, expiresAt: new Date(1001) })).toThrow(refused);
    expect(() => assertMayMake(expiring, 'admin', request)).toThrow(refused);
  });
});

describe('a key of a user', () => {
  const rights = { projectId: 'prj_1', role: 'trainer', installationAdmin: false } as const;

  it('opens what its user may open now', () => {
    expect(isWithin(rights, user)).toBe(true);
    expect(isWithin({ ...rights, role: 'viewer' }, user)).toBe(true);
    expect(isWithin({ ...rights, installationAdmin: true }, { ...user, installationAdmin: true })).toBe(true);
  });

  it('opens nothing once its user has lost the role, the project or the installation', () => {
    expect(isWithin({ ...rights, role: 'approver' }, user)).toBe(false);
    expect(isWithin(rights, { ...user, memberships: [] })).toBe(false);
    expect(isWithin({ ...rights, projectId: 'prj_2' }, user)).toBe(false);
    expect(isWithin({ ...rights, installationAdmin: true }, user)).toBe(false);
  });
});
