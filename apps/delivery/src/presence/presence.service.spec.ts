import type { PresenceRepository } from './presence.repository.js';
import { Presence } from './presence.service.js';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

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
  let presence: Presence;
  beforeEach(() => {
    repository = new RecordingRepository();
    presence = new Presence(repository as unknown as PresenceRepository);
  });

  it('writes each device once, by its latest time', async () => {
    presence.note('dev_1', at(1));
    presence.note('dev_2', at(2));
    presence.note('dev_1', at(3));
    await presence.flush();
    expect(repository.written).toEqual([
      [
        ['dev_1', at(3).getTime()],
        ['dev_2', at(2).getTime()],
      ],
    ]);
  });

  it('writes nothing when nobody was seen', async () => {
    await presence.flush();
    expect(repository.written).toEqual([]);
  });

  it('keeps what could not be written, unless something newer came', async () => {
    presence.note('dev_1', at(1));
    presence.note('dev_2', at(1));
    repository.down = true;
    const failing = presence.flush();
    presence.note('dev_2', at(9));
    await failing;
    repository.down = false;
    await presence.flush();
    expect(new Map(repository.written.flat())).toEqual(
      new Map([
        ['dev_1', at(1).getTime()],
        ['dev_2', at(9).getTime()],
      ]),
    );
  });

  it('splits a fleet into batches', async () => {
    for (let i = 0; i < 12_000; i++) presence.note(`dev_${i}`, at(1));
    await presence.flush();
    expect(repository.written.map((batch) => batch.length)).toEqual([5_000, 5_000, 2_000]);
  });
});
