import { AppError, networkOf, TokenBuckets } from '@kernelcast/platform';
import type { BucketRule } from '@kernelcast/platform';

const HOUR_SECONDS = 3_600;
/** What a request costs beside its bytes: many tiny ranges are not for free, and one of a modulator's is nothing. */
const REQUEST_BYTES = 4_096;
/** Wrong tokens, nonces and signatures from one address; what succeeds costs nothing, so a factory may enrol at will. */
const FAILURES: BucketRule = { capacity: 100, refillPerSecond: 1 };
/** A device renews once in days. */
const RENEWALS: BucketRule = { capacity: 10, refillPerSecond: 1 / 60 };
/** A device that was offline for long brings a backlog; after that it has little to say. */
const REPORTS: BucketRule = { capacity: 10_000, refillPerSecond: 10 };

export interface LimitOptions {
  /** Bytes of blobs for one device; as much may come at once. 0 for no limit. */
  readonly deviceBytesPerHour: number;
  /** The same for one address, behind which thousands of devices may be. */
  readonly addressBytesPerHour: number;
}

/**
 * What devices and addresses may ask of one process, in bounded memory. Downloads are counted by bytes, so one in many
 * parts costs what one in a piece does. Polls are not counted: the answer to one costs less than its refusal would.
 */
export class DeviceLimits {
  private readonly deviceBytes: TokenBuckets<string> | undefined;
  private readonly addressBytes: TokenBuckets<string> | undefined;
  private readonly failures: TokenBuckets<string>;
  private readonly renewals: TokenBuckets<string>;
  private readonly reports: TokenBuckets<string>;
  /** Requests refused, by what they asked for. */
  readonly refused = { bytes: 0, attempts: 0, renewals: 0, reports: 0 };

  /** @param now milliseconds since any fixed moment */
  constructor({ deviceBytesPerHour, addressBytesPerHour }: LimitOptions, now?: () => number) {
    const buckets = (rule: BucketRule): TokenBuckets<string> => new TokenBuckets({ rule, now });
    const hourly = (capacity: number): TokenBuckets<string> | undefined =>
      capacity > 0 ? buckets({ capacity, refillPerSecond: capacity / HOUR_SECONDS }) : undefined;
    this.deviceBytes = hourly(deviceBytesPerHour);
    this.addressBytes = hourly(addressBytesPerHour);
    this.failures = buckets(FAILURES);
    this.renewals = buckets(RENEWALS);
    this.reports = buckets(REPORTS);
  }

  /** Takes the bytes of a download. @returns milliseconds until it is allowed, 0 when it is */
  takeBytes(deviceId: string, address: string, bytes: number): number {
    const cost = bytes + REQUEST_BYTES;
    const wait = this.deviceBytes?.take(deviceId, cost).retryAfterMs ?? 0;
    if (wait > 0) return this.refuseBytes(wait);
    const shared = this.addressBytes?.take(networkOf(address), cost).retryAfterMs ?? 0;
    if (shared === 0) return 0;
    this.deviceBytes?.take(deviceId, -cost);
    return this.refuseBytes(shared);
  }

  /** Gives back what a download that broke off did not send. */
  returnBytes(deviceId: string, address: string, bytes: number): void {
    if (bytes <= 0) return;
    this.deviceBytes?.take(deviceId, -bytes);
    this.addressBytes?.take(networkOf(address), -bytes);
  }

  /**
   * Runs an attempt to enrol or to renew; one that is refused as wrong counts against its address.
   * @throws AppError `too_many_requests` when there were too many of those, and whatever `work` throws
   */
  async attempt<T>(address: string, work: () => Promise<T>): Promise<T> {
    const key = networkOf(address);
    if (this.failures.take(key, 0).remaining < 1) {
      this.refused.attempts++;
      throw tooMany('Too many wrong attempts from this address.', 1 / FAILURES.refillPerSecond);
    }
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError && error.status < 500 && error.code !== 'too_many_requests')
        this.failures.take(key);
      throw error;
    }
  }

  /** @throws AppError `too_many_requests` for a device, known by its signature, that renews without need */
  renewal(deviceId: string): void {
    const { isAllowed, retryAfterMs } = this.renewals.take(deviceId);
    if (isAllowed) return;
    this.refused.renewals++;
    throw tooMany('This device has renewed its credential too often.', retryAfterMs / 1000);
  }

  /** @throws AppError `too_many_requests` */
  report(deviceId: string, count: number): void {
    const { isAllowed, retryAfterMs } = this.reports.take(deviceId, count);
    if (isAllowed) return;
    this.refused.reports++;
    throw tooMany('This device reports too much.', retryAfterMs / 1000);
  }

  private refuseBytes(wait: number): number {
    this.refused.bytes++;
    return wait;
  }
}

/** The refusal, with the seconds after which the same is allowed. */
export function tooMany(detail: string, retryAfterSeconds: number): AppError {
  return new AppError('too_many_requests', detail, { retryAfterSeconds });
}
