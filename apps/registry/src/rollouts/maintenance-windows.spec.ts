import { maintenanceWindowSchema } from '@kernelcast/contracts';
import { isWindowOpen } from './maintenance-windows.js';

const window = (fields: object) =>
  maintenanceWindowSchema.parse({ days: ['mon'], from: '09:00', to: '17:00', ...fields });
const openAt = (fields: object, at: string) => isWindowOpen([window(fields)], new Date(at));

describe('a maintenance window', () => {
  it('is always open where there is none', () => {
    expect(isWindowOpen([], new Date())).toBe(true);
  });

  // 2026-11-23 is a Monday.
  it.each([
    ['2026-11-23T09:00:00Z', true],
    ['2026-11-23T08:59:59Z', false],
    ['2026-11-23T17:00:00Z', false],
    ['2026-11-24T10:00:00Z', false],
  ])('opens with its first minute and closes before its last: %s', (at, open) => {
    expect(openAt({}, at)).toBe(open);
  });

  it.each([
    ['2026-11-23T22:30:00Z', true],
    ['2026-11-24T04:59:00Z', true],
    ['2026-11-24T05:00:00Z', false],
    ['2026-11-23T04:00:00Z', false],
    ['2026-11-24T22:30:00Z', false],
  ])('that goes over midnight belongs to the day on which it opens: %s', (at, open) => {
    expect(openAt({ from: '22:00', to: '05:00' }, at)).toBe(open);
  });

  it('follows the clocks of its time zone, summer time too', () => {
    const vienna = { timezone: 'Europe/Vienna', days: ['mon'], from: '02:00', to: '04:00' };
    expect(openAt(vienna, '2026-11-23T01:00:00Z')).toBe(true);
    expect(openAt(vienna, '2026-07-06T00:00:00Z')).toBe(true);
    expect(openAt(vienna, '2026-07-06T02:00:00Z')).toBe(false);
  });

  it('is refused with days, times and zones that do not exist', () => {
    for (const fields of [{ days: ['noday'] }, { from: '24:00' }, { timezone: 'Mars/Olympus' }, { days: [] }]) {
      expect(() => window(fields)).toThrow();
    }
  });
});
