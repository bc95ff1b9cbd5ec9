import { conflictsOf, deciding, type LiveRollout } from './rollout-rivals.js';

const live = (id: string, fields: Partial<LiveRollout> = {}): LiveRollout => ({
  id,
  groupId: 'grp_1',
  selected: false,
  version: 1,
  state: 'completed',
  share: 1,
  frozenAt: null,
  priority: 0,
  startedAt: new Date('2026-01-01'),
  ...fields,
});
const later = new Date('2026-01-02');

describe('rollouts of one task', () => {
  it('decide from the last started to the first that reaches its whole group, and no further', () => {
    const rollouts = [
      live('rol_1'),
      live('rol_2', { startedAt: later }),
      live('rol_3', { startedAt: new Date('2026-01-03'), share: 0.1 }),
    ];
    expect(deciding(rollouts).map(({ id }) => id)).toEqual(['rol_3', 'rol_2']);
  });

  it('do not end what decides in other groups, nor do those that get no new devices', () => {
    const frozen = live('rol_3', { startedAt: later, frozenAt: later });
    const rollouts = [live('rol_1'), live('rol_2', { groupId: 'grp_2' }), frozen];
    expect(deciding(rollouts).map(({ id }) => id)).toEqual(['rol_3', 'rol_2', 'rol_1']);
  });

  it('override those started before them, unless these have a higher priority', () => {
    const rivals = [live('rol_1', { groupId: 'grp_2' }), live('rol_2', { priority: 5 })];
    const relations = conflictsOf({ id: 'rol_9', priority: 0, startedAt: later }, rivals);
    expect(relations).toMatchObject([
      { rolloutId: 'rol_2', relation: 'overridden_by' },
      { rolloutId: 'rol_1', relation: 'overrides' },
    ]);
  });
});
