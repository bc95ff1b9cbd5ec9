import { accessOf, type GroupRule } from './group-roles.js';

const rules: GroupRule[] = [
  { group: 'platform', admin: true },
  { group: 'ml-leads', project: 'vision', role: 'approver' },
  { group: 'ml', project: 'vision', role: 'trainer' },
  { group: 'ml', project: 'audio', role: 'viewer' },
];

describe('accessOf', () => {
  it('gives the role of the first rule that fits, in each project', () => {
    const { admin, roles } = accessOf(['ml', 'ml-leads'], rules);
    expect(admin).toBe(false);
    expect([...roles]).toEqual([
      ['vision', 'approver'],
      ['audio', 'viewer'],
    ]);
  });

  it('takes the roles away from who has left the groups', () => {
    expect(accessOf([], rules)).toEqual({
      admin: false,
      roles: new Map([
        ['vision', null],
        ['audio', null],
      ]),
    });
  });

  it('says nothing where no rule does', () => {
    expect(accessOf(['ml'], [])).toEqual({ admin: undefined, roles: new Map() });
  });

  it('can let everybody in', () => {
    const { roles } = accessOf([], [{ group: '*', project: 'default', role: 'viewer' }]);
    expect(roles.get('default')).toBe('viewer');
  });
});
