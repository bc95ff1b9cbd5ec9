import type { Report } from '@kernelcast/contracts';

/** A clock may be ahead by as much; what is later is taken for now, so that nothing sorts after all that is to come. */
const CLOCK_AHEAD_MS = 5 * 60_000;

/** A report as it may be kept: it cannot have been made later than it came. A clock that is behind is left alone. */
export function boundReport(report: Report, now: Date): Report {
  const isAhead = Date.parse(report.at) > now.getTime() + CLOCK_AHEAD_MS;
  return isAhead ? { ...report, at: now.toISOString() } : report;
}
