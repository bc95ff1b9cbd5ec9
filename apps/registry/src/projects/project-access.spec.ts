import { DEFAULT_PROJECT_ID, type Role } from '@kernelcast/contracts';
import { chooseMembership, type Membership } from './project-access.js';

const member = (name: string, role: Role = 'viewer', id = `prj_${name}`): Membership => ({
  project: { id, name, archivedAt: null },
  role,
});
const ours = member('default', 'trainer', DEFAULT_PROJECT_ID);
const [birds, cats] = [member('birds'), member('cats', 'admin')];

describe('chooseMembership', () => {
  it.each(['cats', 'prj_cats'])('finds the project that is named by %p', (reference) => {
    expect(chooseMembership([birds, cats], reference)).toBe(cats);
  });

  it.each(['dogs', 'prj_dogs', '', 'Cats'])('finds none called %p, not even the only one', (reference) => {
    expect(chooseMembership([cats], reference)).toBeUndefined();
  });

  it('takes the only one when none is named', () => {
    expect(chooseMembership([cats], undefined)).toBe(cats);
  });

  it('takes the default of several, and does not guess where that is not among them', () => {
    expect(chooseMembership([birds, ours, cats], undefined)).toBe(ours);
    expect(chooseMembership([birds, cats], undefined)).toBeUndefined();
    expect(chooseMembership([], undefined)).toBeUndefined();
  });
});
