import { verifyBytes } from '@kernelcast/trust';
import { DeviceKeys } from './device-keys.js';
import { draw } from './draws.js';
import { FleetTable } from './fleet-table.js';
import { Latencies } from './meters.js';
import { Schedule } from './schedule.js';
import { behaviourOf, clockOffsetOf, failsSelfTest, scriptSchema } from './script.js';

const DEVICES = 20_000;

describe('the schedule', () => {
  it('gives devices in the order in which they are due, and none before', () => {
    const due = Array.from({ length: 500 }, (_, device) => Math.floor(draw(1, 'due', device) * 100));
    const schedule = new Schedule(due.length);
    for (const [device, at] of due.entries()) schedule.add(device, at);
    const taken: number[] = [];
    for (let device = schedule.takeDue(49); device !== undefined; device = schedule.takeDue(49)) taken.push(device);
    expect(taken.map((device) => due[device])).toEqual(due.filter((at) => at <= 49).sort((a, b) => a - b));
    expect(new Set(taken).size).toBe(taken.length);
    expect(schedule.nextAt).toBe(Math.min(...due.filter((at) => at > 49)));
    expect(schedule.length).toBe(due.length - taken.length);
  });
});

describe('a script', () => {
  const script = scriptSchema.parse({
    seed: 7,
    shares: { slow: 0.1, flapping: 0.2, malicious: 0.05, skewed: 0.15 },
    failing: [{ task: 'fruit', version: 2, share: 0.3 }],
    skewed: { seconds: 3_600 },
  });
  const devices = Array.from({ length: DEVICES }, (_, device) => device);
  const shareOf = (test: (device: number) => boolean): number => devices.filter(test).length / DEVICES;

  it('gives each behaviour its share, and every device the same one each time', () => {
    // Binomial: the standard deviation of a share of 20,000 is at most 0.0035; four of them.
    for (const [behaviour, share] of Object.entries({ ...script.shares, normal: 0.5 })) {
      expect(Math.abs(shareOf((device) => behaviourOf(script, device) === behaviour) - share)).toBeLessThan(0.015);
    }
    const kinds = devices.map((device) => behaviourOf(script, device));
    expect(devices.map((device) => behaviourOf({ ...script }, device))).toEqual(kinds);
    expect(devices.map((device) => behaviourOf({ ...script, seed: 8 }, device))).not.toEqual(kinds);
  });

  it('fails the self-test of the version it names, on its share of the devices', () => {
    const fails = (task: string, modulatorVersion: number) =>
      shareOf((device) => failsSelfTest(script, device, { task, modulatorVersion }));
    expect(Math.abs(fails('fruit', 2) - 0.3)).toBeLessThan(0.015);
    expect(fails('fruit', 1)).toBe(0);
    expect(fails('nuts', 2)).toBe(0);
  });

  it('sets clocks wrong by no more than it says, and only of the skewed', () => {
    for (const device of devices) {
      const offset = clockOffsetOf(script, device);
      expect(Math.abs(offset)).toBeLessThanOrEqual(3_600_000);
      expect(offset !== 0).toBe(behaviourOf(script, device) === 'skewed');
    }
  });

  it('refuses shares that add up to more than all devices', () => {
    expect(scriptSchema.safeParse({ shares: { slow: 0.6, flapping: 0.6 } }).success).toBe(false);
  });
});

describe('keys of simulated devices', () => {
  it('sign so that the public key proves it, and differ by device and by fleet', async () => {
    const keys = new DeviceKeys(new Uint8Array(32).fill(1));
    const bytes = new TextEncoder().encode('kernelcast');
    const signature = Buffer.from(await keys.signer(3).sign(bytes)).toString('base64url');
    expect(await verifyBytes(bytes, signature, keys.publicKey(3))).toBe(true);
    expect(await verifyBytes(bytes, signature, keys.publicKey(4))).toBe(false);
    expect(new DeviceKeys(new Uint8Array(32).fill(2)).publicKey(3)).not.toBe(keys.publicKey(3));
  });
});

describe('the packed table', () => {
  it('keeps ids and credentials of any length apart', () => {
    const table = new FleetTable(3);
    const id = 'dev_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2';
    table.setDeviceId(1, id);
    table.setCredential(0, 'a'.repeat(90), 5);
    table.setCredential(1, 'b'.repeat(300), 6);
    table.setCredential(2, 'c', 7);
    expect([0, 1, 2].map((device) => table.isEnrolled(device))).toEqual([false, true, false]);
    expect(table.deviceId(1)).toBe(id);
    expect([0, 1, 2].map((device) => table.credential(device))).toEqual(['a'.repeat(90), 'b'.repeat(300), 'c']);
    table.setCredential(1, 'short', 8);
    expect(table.credential(1)).toBe('short');
  });
});

describe('latencies', () => {
  it('tells quantiles within the width of a bucket', () => {
    const latencies = new Latencies();
    expect(latencies.quantile(0.5)).toBeNull();
    for (let ms = 1; ms <= 1_000; ms++) latencies.add(ms);
    for (const [share, exact] of [
      [0.5, 500],
      [0.99, 990],
    ] as const) {
      const told = latencies.quantile(share) ?? 0;
      expect(told / exact).toBeGreaterThan(1 / 1.05);
      expect(told / exact).toBeLessThan(1.05);
    }
  });
});
