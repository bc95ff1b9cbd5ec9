const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds before each attempt after the first: the schedule of the Standard Webhooks specification, 75 hours. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];
/** A delay is longer by up to this share of it, so that what failed together does not come again together. */
const JITTER = 0.2;
/** Longer than a receiver may ask for. */
const MAX_RETRY_AFTER_MS = DAY;
/** A webhook that has failed for this long without one success is disabled. */
const FAILING_TOO_LONG_MS = 5 * DAY;
const GONE = 410;

export interface Outcome {
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Milliseconds that the receiver asked us to wait. */
  readonly retryAfterMs?: number;
}

export interface Standing {
  /** Attempts made in this round, the one at hand included. */
  readonly step: number;
  readonly failingSince: Date | null;
  readonly now: Date;
  /** From 0 to 1. */
  readonly random: number;
}

export type Verdict =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly at: Date; readonly quietUntil?: Date; readonly disable?: 'failing' }
  | { readonly kind: 'failed'; readonly disable?: 'gone' | 'failing' };

/** What an attempt means for its delivery and its webhook. */
export const verdictOn = (
  { status, retryAfterMs }: Outcome,
  { step, failingSince, now, random }: Standing,
): Verdict => {
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === GONE) return { kind: 'failed', disable: 'gone' };
  const failing = failingSince !== null && now.getTime() - failingSince.getTime() > FAILING_TOO_LONG_MS;
  const disable = failing ? { disable: 'failing' as const } : {};
  const delay = RETRY_DELAYS_MS[step - 1];
  if (delay === undefined) return { kind: 'failed', ...disable };
  const asked = Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS);
  const at = new Date(now.getTime() + Math.max(delay * (1 + JITTER * random), asked));
  // Other events for the same receiver wait as well, but not for their own next attempts' sake.
  const quiet = asked > 0 ? { quietUntil: new Date(now.getTime() + asked) } : {};
  return { kind: 'retry', at, ...quiet, ...disable };
};

/** Milliseconds of a `Retry-After` header, RFC 9110, 10.2.3: seconds or a date. */
export const retryAfterMs = (value: string | undefined, now: Date): number | undefined => {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * SECOND;
  // `Date.parse` makes a date of a bare number as well; every date of HTTP begins with a day of the week.
  const at = /^[A-Za-z]/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
};
