import { BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { deviceIdOf } from './device-key.js';
import { DeviceLines } from './device-lines.js';
import type { DeviceTraits } from './fleet.types.js';

const ID = 'dev_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2';
const lineOf = (...columns: string[]) => Buffer.from(`${columns.join('\t')}\n`);

describe('DeviceLines', () => {
  it('reads the columns, and understands equal traits once', () => {
    const understood: DeviceTraits[] = [];
    const lines = new DeviceLines((traits) => understood.push(traits));
    const bases = `{${BASE},${digestOfDigit('e')}}`;
    const first = lines.read(lineOf(ID, '1', '0', '0', 'f', 'grp_1,grp_2', bases));
    expect([deviceIdOf(first.key), first.epoch, first.revoked, first.traits]).toEqual([ID, 1, false, 1]);
    expect(lines.read(lineOf(ID, '27', '7', '9', 't', 'grp_1,grp_2', bases))).toMatchObject({
      epoch: 27,
      versionFloor: 7,
      membershipAt: 9,
      revoked: true,
      traits: 1,
    });
    expect(lines.read(lineOf(ID, '1', '0', '0', 'f', 'grp_1', bases)).traits).toBe(2);
    expect(understood[0]).toEqual({
      groupId: 'grp_1',
      selectorGroups: ['grp_2'],
      baseDigests: [BASE, digestOfDigit('e')],
    });
  });

  it.each([
    ['another id', lineOf('job_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2', '1', '0', '0', 'f', 'grp_1', `{${BASE}}`)],
    ['too few columns', lineOf(ID, '1')],
    ['an epoch that is no number', lineOf(ID, 'x', '0', '0', 'f', 'grp_1', `{${BASE}}`)],
    ['no digest for a base', lineOf(ID, '1', '0', '0', 'f', 'grp_1', '{sha256:1}')],
  ])('refuses a line with %s', (_, line) => {
    expect(() => new DeviceLines((traits) => traits).read(line)).toThrow();
  });
});
