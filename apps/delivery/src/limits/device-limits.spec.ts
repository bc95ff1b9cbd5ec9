import { AppError } from '@kernelcast/platform';
import { DeviceLimits } from './device-limits.js';

const MIB = 1024 ** 2;
let clock = 0;
const limits = () => new DeviceLimits({ deviceBytesPerHour: 10 * MIB, addressBytesPerHour: 100 * MIB }, () => clock);
const refusal = { code: 'too_many_requests', retryAfterSeconds: expect.any(Number) as number };

describe('limits of devices and addresses', () => {
  it('count a download in many parts as one in a piece', () => {
    const own = limits();
    const parts = Array.from({ length: 128 }, () => own.takeBytes('a', '10.0.0.1', MIB / 16));
    expect(new Set(parts)).toEqual(new Set([0]));
    expect(own.takeBytes('a', '10.0.0.1', 2 * MIB)).toBeGreaterThan(0);
    clock += 3_600_000;
    expect(own.takeBytes('a', '10.0.0.1', 2 * MIB)).toBe(0);
  });

  it('let many devices behind one address fetch a new version at once', () => {
    const own = limits();
    const waits = Array.from({ length: 1_800 }, (_, n) => own.takeBytes(`dev${n}`, '10.0.0.1', 50 * 1024));
    expect(Math.max(...waits)).toBe(0);
    expect(own.takeBytes('another', '10.0.0.1', 10 * MIB)).toBeGreaterThan(0);
    expect(own.takeBytes('another', '10.0.0.2', 9 * MIB)).toBe(0);
  });

  it('give back what a broken download did not send', () => {
    const own = limits();
    expect(own.takeBytes('a', '10.0.0.1', 9 * MIB)).toBe(0);
    own.returnBytes('a', '10.0.0.1', 9 * MIB);
    expect(own.takeBytes('a', '10.0.0.1', 9 * MIB)).toBe(0);
  });

  it('count wrong attempts of an address, an IPv6 network as one, and none that succeed', async () => {
    const own = limits();
    const wrong = () => Promise.reject(new AppError('enrolment_token_invalid'));
    for (let n = 0; n < 500; n++) expect(await own.attempt('2001:db8::1', () => Promise.resolve(n))).toBe(n);
    for (let n = 0; n < 100; n++) {
      await expect(own.attempt(`2001:db8::${n.toString(16)}`, wrong)).rejects.toMatchObject({
        code: 'enrolment_token_invalid',
      });
    }
    await expect(own.attempt('2001:db8::ffff', () => Promise.resolve(1))).rejects.toMatchObject(refusal);
    expect(await own.attempt('2001:db9::1', () => Promise.resolve(1))).toBe(1);
    clock += 2_000;
    expect(await own.attempt('2001:db8::1', () => Promise.resolve(1))).toBe(1);
  });

  it('let a device renew and report as it needs, and no more', () => {
    const own = limits();
    for (let n = 0; n < 10; n++) own.renewal('a');
    expect(() => own.renewal('a')).toThrow(expect.objectContaining(refusal) as Error);
    own.renewal('b');
    for (let n = 0; n < 50; n++) own.report('a', 200);
    expect(() => own.report('a', 1)).toThrow(expect.objectContaining(refusal) as Error);
  });
});
