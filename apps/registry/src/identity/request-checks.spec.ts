import type { Role } from '@kernelcast/contracts';
import { bearerToken, isFromOwnPage, isInScope, mayCall } from './request-checks.js';

const as = (role: Role, installationAdmin = false) => ({ role, installationAdmin });

describe('mayCall', () => {
  it('lets only the named roles and admins in', () => {
    expect(mayCall(as('trainer'), ['trainer'])).toBe(true);
    expect(mayCall(as('viewer'), ['trainer'])).toBe(false);
    expect(mayCall(as('admin'), ['trainer'])).toBe(true);
  });

  it('keeps people, even admins, out of what is for devices', () => {
    expect(mayCall(as('admin', true), 'device')).toBe(false);
  });

  it('keeps the admins of a project out of what is for those of the installation', () => {
    expect(mayCall(as('admin'), 'installation-admin')).toBe(false);
    expect(mayCall(as('admin', true), 'installation-admin')).toBe(true);
  });
});

describe('isInScope', () => {
  it('asks nothing of a credential that is not narrowed', () => {
    expect(isInScope(null, { method: 'post' })).toBe(true);
  });

  it('lets a narrowed one do what it names, and nothing that names no scope but reading', () => {
    expect(isInScope(['read'], { method: 'get' })).toBe(true);
    expect(isInScope(['jobs:write'], { method: 'get' })).toBe(false);
    expect(isInScope(['jobs:write'], { method: 'post', keyScope: 'jobs:write' })).toBe(true);
    expect(isInScope(['jobs:write'], { method: 'post', keyScope: 'tasks:write' })).toBe(false);
    expect(isInScope(['read', 'jobs:write'], { method: 'post' })).toBe(false);
  });
});

describe('isFromOwnPage', () => {
  const post = { method: 'POST', host: 'kernelcast.example:7300' };

  it('accepts our own origin, whatever scheme a proxy turned it into', () => {
    expect(isFromOwnPage({ ...post, origin: 'http://kernelcast.example:7300' })).toBe(true);
    expect(isFromOwnPage({ ...post, origin: 'https://kernelcast.example:7300' })).toBe(true);
  });

  it.each([
    'https://evil.example',
    'http://kernelcast.example:7301',
    'http://kernelcast.example:7300.evil.example',
    'null',
    '',
    undefined,
  ])('refuses %p', (origin) => {
    expect(isFromOwnPage({ ...post, origin })).toBe(false);
  });

  it('does not ask for an origin where nothing changes', () => {
    expect(isFromOwnPage({ method: 'GET', host: post.host, origin: undefined })).toBe(true);
  });
});

describe('bearerToken', () => {
  it.each([
    ['Bearer kc_abc', 'kc_abc'],
    ['bearer kc_abc', 'kc_abc'],
    ['Basic kc_abc', undefined],
    ['Bearer  kc_abc', undefined],
    ['Bearer kc_abc x', undefined],
    [undefined, undefined],
  ])('of %p is %p', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });
});
