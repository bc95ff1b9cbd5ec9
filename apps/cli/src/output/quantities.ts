const STEPS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** A span such as `45 s`, `3 min` or `2 h`, in its largest whole unit. */
export const formatSpan = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(seconds));
  const [size, unit] = STEPS.find(([least]) => whole >= least) ?? [1, 's'];
  return `${Math.floor(whole / size)} ${unit}`;
};

/** How long ago, or how soon, a moment is. */
export const formatWhen = (timestamp: string | null, now: number): string => {
  if (timestamp === null) return '-';
  const seconds = (now - Date.parse(timestamp)) / 1000;
  if (Math.abs(seconds) < 1) return 'now';
  return seconds > 0 ? `${formatSpan(seconds)} ago` : `in ${formatSpan(-seconds)}`;
};

/** Minutes and seconds of a wait, `4:07`, or hours too, `1:04:07`. */
export const formatClock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
/** Bytes in powers of a thousand. */
export const formatBytes = (bytes: number): string => {
  const power = bytes < 1000 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${BYTE_UNITS[power]}`;
};

export const formatPercent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;

export const formatCount = (count: number): string => count.toLocaleString('en-US');
