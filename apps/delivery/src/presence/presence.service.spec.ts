import { Registry } from 'prom-client';
import { FleetState } from '../fleet/fleet-state.js';
import type { LoadMonitor } from '../load/load-monitor.js';
import { aDeviceId, aPicture, BASE } from '../testing/fleet.factory.js';
import type { PresenceRepository } from './presence.repository.js';
import { Presence } from './presence.service.js';
import { RowQueue } from './row-queue.js';

const SECOND = 1_767_225_600;

/** Records what is written; fails while told to. */
class RecordingRepository implements Pick<PresenceRepository, 'write'> {
  readonly written: [string, number][][] = [];
  down = false;

  write(seen: ReadonlyMap<string, number>): Promise<void> {
    if (this.down) return Promise.reject(new Error('database away'));
    this.written.push([...seen]);
    return Promise.resolve();
  }
}

describe('Presence', () => {
  let repository: RecordingRepository;
  let fleet: FleetState;
  let presence: Presence;
  let load: Pick<LoadMonitor, 'shedsPresence'> & { shedsPresence: boolean };
  beforeEach(() => {
    repository = new RecordingRepository();
    fleet = new FleetState();
    load = { shedsPresence: false };
    fleet.apply(aPicture(1, []));
    presence = new Presence(repository as unknown as PresenceRepository, fleet, load as LoadMonitor, new Registry());
  });
  const rowOf = (n: number): number => {
    fleet.add({ id: aDeviceId(n), groupId: 'grp_1', baseDigests: [BASE], epoch: 1, revoked: false });
    return fleet.rowOf(aDeviceId(n));
  };
  const note = (n: number, second: number) => presence.note(rowOf(n), SECOND + second);
  const entry = (n: number, second: number) => [aDeviceId(n), (SECOND + second) * 1000];

  it('writes each device once, by its latest time', async () => {
    note(1, 1);
    note(2, 2);
    note(1, 3);
    await presence.flush();
    await presence.flush();
    expect(repository.written).toEqual([[entry(1, 3), entry(2, 2)]]);
  });

  it('keeps what could not be written, unless something newer came', async () => {
    note(1, 1);
    note(2, 1);
    repository.down = true;
    const failing = presence.flush();
    note(2, 9);
    await failing;
    repository.down = false;
    await presence.flush();
    expect(new Map(repository.written.flat())).toEqual(new Map([entry(1, 1), entry(2, 9)] as [string, number][]));
  });

  it('writes a fleet in batches, and no more at once than the database should bear', async () => {
    for (let i = 0; i < 22_000; i++) note(i, 1);
    await presence.flush();
    expect(repository.written.map((batch) => batch.length)).toEqual([5_000, 5_000, 5_000, 5_000]);
    await presence.flush();
    expect(repository.written.at(-1)).toHaveLength(2_000);
  });

  it('gives times up under load, and takes them again after', async () => {
    load.shedsPresence = true;
    note(1, 1);
    load.shedsPresence = false;
    note(2, 2);
    await presence.flush();
    expect(repository.written).toEqual([[entry(2, 2)]]);
  });

  it('writes nothing of a device that was removed, nor of the one that has its place', async () => {
    note(1, 1);
    fleet.remove(aDeviceId(1));
    rowOf(2);
    await presence.flush();
    expect(repository.written).toEqual([]);
  });
});

describe('RowQueue', () => {
  it('gives rows in the order they came, also when it grows while it is not at its beginning', () => {
    const queue = new RowQueue(10_000);
    for (let row = 0; row < 1_000; row++) queue.push(row);
    expect(queue.take(600)).toHaveLength(600);
    for (let row = 1_000; row < 4_000; row++) queue.push(row);
    expect([...queue.take(9_999)]).toEqual(Array.from({ length: 3_400 }, (_, i) => i + 600));
  });

  it('refuses what goes beyond its capacity', () => {
    const queue = new RowQueue(1_500);
    const taken = Array.from({ length: 2_000 }, (_, row) => queue.push(row));
    expect([taken.filter(Boolean).length, queue.size]).toEqual([1_500, 1_500]);
  });
});
