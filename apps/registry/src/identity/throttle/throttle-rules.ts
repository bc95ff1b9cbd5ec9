/** How attempts on one account, or from one address, are slowed down. */
export interface ThrottleRule {
  /** Failures in a row that cost nothing: people mistype. */
  readonly free: number;
  /** Seconds that the delay, which doubles with each further failure, never exceeds: nobody is locked out for good. */
  readonly maxDelaySeconds: number;
}

/** 288 guesses a day at most, once the free ones are used up. */
export const ACCOUNT_RULE: ThrottleRule = { free: 5, maxDelaySeconds: 300 };
/** Many people share the address of an office or a proxy. */
export const ADDRESS_RULE: ThrottleRule = { free: 50, maxDelaySeconds: 900 };
/** Seconds without a failure after which the earlier ones are forgotten. */
export const FORGET_AFTER_SECONDS = 3600;

/** Seconds until the next attempt, after so many failures in a row: 0 while they are free, then 1, 2, 4, … */
export const delayAfter = (failures: number, { free, maxDelaySeconds }: ThrottleRule): number =>
  failures <= free ? 0 : Math.min(maxDelaySeconds, 2 ** (failures - free - 1));

/**
 * Whether a failure is worth an entry in the audit log: the last free one, and after that each time their number has
 * doubled. However long somebody guesses, the log grows with the logarithm.
 */
export const isTelling = (failures: number, { free }: ThrottleRule): boolean =>
  failures % free === 0 && Number.isInteger(Math.log2(failures / free));
