import fc from 'fast-check';
import { ulid } from 'ulid';
import { deviceIdOf, parseDeviceKey } from './device-key.js';
import { DeviceTable, NO_ROW } from './device-table.js';

const keyOf = (id: string): Uint32Array => {
  const key = new Uint32Array(4);
  if (!parseDeviceKey(id, key)) throw new Error(`no device id: ${id}`);
  return key;
};
const anyKey = fc.uint32Array({ minLength: 4, maxLength: 4 });

describe('device keys', () => {
  it('are the 128 bits of the id, and give the id back', () => {
    expect([...keyOf('dev_00000000000000000000000010')]).toEqual([0, 0, 0, 32]);
    expect([...keyOf('dev_7ZZZZZZZZZZZZZZZZZZZZZZZZZ')]).toEqual(Array(4).fill(2 ** 32 - 1));
    fc.assert(fc.property(anyKey, (key) => expect(keyOf(deviceIdOf(key))).toEqual(key)));
    const id = `dev_${ulid()}`;
    expect(deviceIdOf(keyOf(id))).toBe(id);
  });

  it.each([
    ['too short', 'dev_0000000000000000000000000'],
    ['of another kind', 'job_00000000000000000000000010'],
    ['above 128 bits', 'dev_80000000000000000000000000'],
    ['in lower case', 'dev_0000000000000000000000000a'],
    ['with a digit that Crockford left out', 'dev_0000000000000000000000000U'],
    ['with a character whose lower byte is a digit', 'dev_0000000000000000000000000\u0130'],
  ])('are not read of an id %s', (_, id) => {
    expect(parseDeviceKey(id, new Uint32Array(4))).toBe(false);
  });
});

describe('DeviceTable', () => {
  it('does what a map does, whatever comes, goes and comes again', () => {
    // Few keys that differ little: rows are given back and taken, and chains of probing get holes.
    const step = fc.record({ key: fc.nat(60), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const [table, map] = [new DeviceTable(), new Map<number, number>()];
        const of = (n: number) => Uint32Array.of(1, 2, 3, n * 2 ** 20);
        steps.forEach(({ key, remove }, index) => {
          if (remove) {
            table.remove(of(key));
            map.delete(key);
          } else {
            const row = table.find(of(key)) === NO_ROW ? table.insert(of(key)) : table.find(of(key));
            table.rows.setMembership(row, index);
            map.set(key, index);
          }
        });
        const held = Array.from({ length: 61 }, (_, n) => table.find(of(n)));
        expect(table.size).toBe(map.size);
        held.forEach((row, n) => expect(row === NO_ROW ? undefined : table.rows.membership(row)).toBe(map.get(n)));
      }),
    );
  });

  it('finds each of many devices made in one millisecond by its own row', () => {
    const table = new DeviceTable();
    const keys = Array.from({ length: 30_000 }, (_, n) => Uint32Array.of(0x018f0000, 0x1234abcd, 7, n));
    const rows = keys.map((key) => table.insert(key));
    expect(new Set(rows).size).toBe(keys.length);
    keys.forEach((key, n) => expect(table.find(key)).toBe(rows[n]));
    expect(table.find(Uint32Array.of(0x018f0000, 0x1234abcd, 8, 1))).toBe(NO_ROW);
  });

  it('keeps every field of a row apart, and clears them for the next device', () => {
    const table = new DeviceTable();
    const [first, other] = [table.insert(Uint32Array.of(1, 1, 1, 1)), table.insert(Uint32Array.of(1, 1, 1, 2))];
    const { rows } = table;
    const credential = { epoch: 3, expiry: 4_000_000_000, mac: new Uint32Array(8).fill(0xfedcba98) };
    rows.setStanding(first, 4_000_000_000, true);
    rows.setBase(first, 1_000_000);
    rows.setUnwritten(first, true);
    rows.setMembership(first, 6);
    rows.setDecision(first, 7, 8);
    rows.setSeen(first, 3_900_000_000);
    rows.setFloor(first, 2 ** 40 + 1);
    rows.setVerified(first, credential);
    const all = (row: number) => [
      rows.epoch(row),
      rows.isRevoked(row),
      rows.base(row),
      rows.isUnwritten(row),
      rows.membership(row),
      rows.plan(row),
      rows.state(row),
      rows.seen(row),
      rows.floor(row),
      rows.isVerified(row, credential),
    ];
    expect(all(first)).toEqual([4_000_000_000, true, 1_000_000, true, 6, 7, 8, 3_900_000_000, 2 ** 40 + 1, true]);
    expect(all(other)).toEqual([0, false, 0, false, 0, 0, 0, 0, 0, false]);
    rows.setStanding(first, 1, false);
    expect([rows.isUnwritten(first), rows.base(first)]).toEqual([true, 1_000_000]);
    table.remove(Uint32Array.of(1, 1, 1, 1));
    expect(table.insert(Uint32Array.of(9, 9, 9, 9))).toBe(first);
    expect(all(first)).toEqual([0, false, 0, false, 0, 0, 0, 0, 0, false]);
  });

  it('takes no credential for verified that differs in one bit', () => {
    const table = new DeviceTable();
    const row = table.insert(Uint32Array.of(1, 1, 1, 1));
    const credential = { epoch: 3, expiry: 5, mac: Uint32Array.from({ length: 8 }, (_, i) => i) };
    table.rows.setVerified(row, credential);
    fc.assert(
      fc.property(fc.nat(7), fc.nat(31), (word, bit) => {
        const mac = credential.mac.slice();
        mac[word] = ((mac[word] ?? 0) ^ (1 << bit)) >>> 0;
        expect(table.rows.isVerified(row, { ...credential, mac })).toBe(false);
      }),
    );
    expect(table.rows.isVerified(row, { ...credential, epoch: 4 })).toBe(false);
    expect(table.rows.isVerified(row, { ...credential, expiry: 6 })).toBe(false);
    expect(table.rows.isVerified(row, credential)).toBe(true);
  });
});
