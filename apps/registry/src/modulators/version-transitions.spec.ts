import { versionStateSchema } from '@kernelcast/contracts';
import { actionsIn, ADVANCING, rolloutRule, STATED, stateAfter, type VersionAction } from './version-transitions.js';

const states = versionStateSchema.options;
const actions: VersionAction[] = ['approve', 'reject', 'deprecate', 'quarantine', 'restore', 'revoke'];

describe('the states of a version', () => {
  it('change in these ways and in no other', () => {
    const changes = states.flatMap((from) =>
      actions.flatMap((action) => {
        const to = stateAfter(from, action);
        return to === undefined ? [] : [`${from} ${action} ${to}`];
      }),
    );
    expect(changes).toEqual([
      'registered approve approved',
      'registered reject rejected',
      'approved deprecate deprecated',
      'approved quarantine quarantined',
      'approved revoke revoked',
      'deprecated quarantine quarantined',
      'deprecated restore approved',
      'deprecated revoke revoked',
      'quarantined deprecate deprecated',
      'quarantined restore approved',
      'quarantined revoke revoked',
    ]);
  });

  it.each(['rejected', 'revoked'] as const)('end with %s', (state) => {
    expect(actionsIn(state)).toEqual([]);
  });

  it('are reached with a statement only by approval: no other action leads into a stated state from outside', () => {
    const entries = states
      .filter((from) => !STATED.includes(from))
      .flatMap((from) => actionsIn(from).filter((action) => STATED.includes(stateAfter(from, action) ?? 'registered')));
    expect(entries).toEqual(['approve']);
  });
});

describe('the rollouts of a version', () => {
  it('begin only while it is approved', () => {
    expect(states.filter((state) => rolloutRule(state).startable)).toEqual(['approved']);
  });

  it('go on while it is approved or deprecated, stay where they are in quarantine, and end with its revocation', () => {
    expect(ADVANCING).toEqual(['approved', 'deprecated']);
    expect(states.filter((state) => rolloutRule(state).ended)).toEqual(['revoked']);
  });
});
