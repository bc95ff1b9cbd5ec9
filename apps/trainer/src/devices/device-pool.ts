import type { Device } from './device.types.js';

/** Lends devices, each to one job at a time. */
export class DevicePool {
  private readonly free: Device[];
  private readonly waiting = new Set<(device: Device) => void>();

  constructor(readonly devices: readonly Device[]) {
    this.free = [...devices];
  }

  /** Devices that are lent. */
  get lent(): number {
    return this.devices.length - this.free.length;
  }

  /**
   * Lends a device to `use`, waiting for one when all are lent.
   * @param patienceMs - how long to wait; `undefined` when none became free in that time, and `use` was not called
   */
  async lend<T>(patienceMs: number, use: (device: Device) => Promise<T>): Promise<T | undefined> {
    const device = this.free.shift() ?? (await this.next(patienceMs));
    if (device === undefined) return undefined;
    try {
      return await use(device);
    } finally {
      this.giveBack(device);
    }
  }

  private next(patienceMs: number): Promise<Device | undefined> {
    return new Promise((resolve) => {
      const take = (device: Device | undefined): void => {
        clearTimeout(timer);
        this.waiting.delete(take);
        resolve(device);
      };
      const timer = setTimeout(take, patienceMs, undefined);
      this.waiting.add(take);
    });
  }

  private giveBack(device: Device): void {
    const [first] = this.waiting;
    if (first) first(device);
    else this.free.push(device);
  }
}
