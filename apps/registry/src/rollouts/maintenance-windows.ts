import type { MaintenanceWindow } from '@kernelcast/contracts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTES_PER_HOUR = 60;

interface LocalTime {
  /** 0 is Sunday. */
  readonly day: number;
  readonly minute: number;
}

/** Day and minute of the day that clocks show in a time zone. */
const localTime = (now: Date, timeZone: string): LocalTime => {
  const format = { timeZone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const parts = new Map(
    new Intl.DateTimeFormat('en-US', format).formatToParts(now).map(({ type, value }) => [type, value]),
  );
  const day = DAYS.findIndex((name) => name === parts.get('weekday')?.toLowerCase());
  return { day, minute: Number(parts.get('hour')) * MINUTES_PER_HOUR + Number(parts.get('minute')) };
};

const minuteOf = (time: string): number => {
  const [hour, minute] = time.split(':').map(Number);
  return (hour ?? 0) * MINUTES_PER_HOUR + (minute ?? 0);
};

const isOpen = ({ days, from, to, timezone }: MaintenanceWindow, now: Date): boolean => {
  const { day, minute } = localTime(now, timezone);
  const [opens, closes] = [minuteOf(from), minuteOf(to)];
  const opensOn = (index: number) => days.some((name) => name === DAYS[(index + DAYS.length) % DAYS.length]);
  if (opens < closes) return opensOn(day) && minute >= opens && minute < closes;
  // It closes on the day after the one it opens on.
  return (opensOn(day) && minute >= opens) || (opensOn(day - 1) && minute < closes);
};

/** Whether waves may start and widen: there are no windows, or one is open by the clocks of its time zone. */
export const isWindowOpen = (windows: readonly MaintenanceWindow[], now: Date): boolean =>
  windows.length === 0 || windows.some((window) => isOpen(window, now));
