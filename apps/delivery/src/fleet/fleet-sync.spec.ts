import { aDeviceId, aPicture, BASE } from '../testing/fleet.factory.js';
import { until } from '../testing/raw-connection.js';
import type { FleetRepository } from './fleet.repository.js';
import { FleetState } from './fleet-state.js';
import { FleetSync } from './fleet-sync.service.js';

const lineOf = (n: number) => Buffer.from(`${aDeviceId(n)}\t1\t0\t0\tf\tgrp_1\t{${BASE}}\n`);

/** A database whose devices come when the spec lets them, or not at all. */
class FakeRepository {
  loads = 0;
  finish: () => void = () => undefined;
  constructor(private readonly failures: number) {}

  version = () => Promise.resolve(1n);
  picture = () => Promise.resolve(aPicture(1, []));
  estimateDevices = () => Promise.resolve(2);
  device = () => Promise.resolve(undefined);

  deviceLines(onLine: (line: Uint8Array) => void): Promise<void> {
    if (++this.loads <= this.failures) return Promise.reject(new Error('database away'));
    onLine(lineOf(1));
    return new Promise((resolve) => {
      this.finish = () => {
        onLine(lineOf(2));
        resolve();
      };
    });
  }
}

describe('FleetSync', () => {
  const startWith = (repository: FakeRepository) => {
    const state = new FleetState();
    const sync = new FleetSync(repository as unknown as FleetRepository, state, { checkIntervalMs: 1 });
    sync.onApplicationBootstrap();
    return { state, sync };
  };

  it('tells how far it is while the fleet is loaded, and who is not yet loaded to come again', async () => {
    const repository = new FakeRepository(0);
    const { state, sync } = startWith(repository);
    await until(() => state.deviceCount === 1);
    expect(sync.progress).toBe('loading: 1 of about 2 devices');
    const refusal = { code: 'service_unavailable', retryAfterSeconds: 5 };
    await expect(sync.lookUp(aDeviceId(2))).rejects.toMatchObject(refusal);
    repository.finish();
    await sync.whenLoaded();
    expect([state.deviceCount, sync.isLoaded, sync.progress]).toEqual([2, true, undefined]);
    await expect(sync.lookUp(aDeviceId(3))).resolves.toBeUndefined();
    sync.beforeApplicationShutdown();
  });

  it('begins anew when the database goes away meanwhile, and stops when the service ends', async () => {
    const { sync } = startWith(new FakeRepository(Infinity));
    const other = new FakeRepository(2);
    const { sync: recovering } = startWith(other);
    await until(() => other.loads === 3);
    other.finish();
    await recovering.whenLoaded();
    expect(recovering.isLoaded).toBe(true);
    recovering.beforeApplicationShutdown();
    sync.beforeApplicationShutdown();
    await sync.whenLoaded();
    expect(sync.isLoaded).toBe(false);
  });
});
