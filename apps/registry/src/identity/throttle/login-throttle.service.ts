import { Database } from '@kernelcast/database';
import { AppError, networkOf } from '@kernelcast/platform';
import { Inject, Injectable } from '@nestjs/common';
import { MASTER_KEY } from '../../config/registry.config.js';
import { Gate } from '../passwords/gate.js';
import { throttleKey } from './throttle-keys.js';
import { ACCOUNT_RULE, ADDRESS_RULE, isTelling } from './throttle-rules.js';
import { ThrottleRepository } from './throttle.repository.js';

/** An attempt to log in that may be made now. It counts as failed until {@link LoginThrottle.succeed} is told of it. */
export interface LoginAttempt {
  readonly accountKey: string;
  readonly addressKey: string;
  /** Failures in a row on the account, with this one. */
  readonly failures: number;
  /** Whether an entry in the audit log should tell of it, if it fails. */
  readonly isTelling: boolean;
}

/** Connections to the database that logins may take at once, and how many may wait for them. */
const GATE = { concurrency: 2, waiting: 64 };

class Blocked extends Error {
  constructor(readonly retryAfterSeconds: number) {
    super('blocked');
  }
}

/** Slows guessing down, by account and by address, in the same way whether or not there is such an account. */
@Injectable()
export class LoginThrottle {
  private readonly gate = new Gate(GATE);

  constructor(
    private readonly db: Database,
    private readonly throttles: ThrottleRepository,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  /**
   * @param account what names the account, normalised
   * @throws AppError `login_throttled` with the seconds to wait; the attempt then does not count
   * @throws AppError `too_many_requests` when too many log in at once
   */
  async begin(account: string, address: string): Promise<LoginAttempt> {
    const accountKey = throttleKey('account', account, this.masterKey);
    const addressKey = throttleKey('address', networkOf(address), this.masterKey);
    try {
      return await this.gate.run(() => this.count(accountKey, addressKey));
    } catch (error) {
      if (!(error instanceof Blocked)) throw error;
      const { retryAfterSeconds } = error;
      throw new AppError('login_throttled', undefined, { retryAfterSeconds });
    }
  }

  /** Counts by both keys or by none. */
  private count(accountKey: string, addressKey: string): Promise<LoginAttempt> {
    return this.db.transaction(async (tx) => {
      // Always in this order, so that nobody waits in a circle.
      const byAddress = await this.throttles.attempt(tx, addressKey, ADDRESS_RULE);
      if ('retryAfterSeconds' in byAddress) throw new Blocked(byAddress.retryAfterSeconds);
      const byAccount = await this.throttles.attempt(tx, accountKey, ACCOUNT_RULE);
      if ('retryAfterSeconds' in byAccount) throw new Blocked(byAccount.retryAfterSeconds);
      const telling = isTelling(byAccount.failures, ACCOUNT_RULE) || isTelling(byAddress.failures, ADDRESS_RULE);
      return { accountKey, addressKey, failures: byAccount.failures, isTelling: telling };
    });
  }

  async succeed({ accountKey, addressKey }: LoginAttempt): Promise<void> {
    await this.throttles.clear(accountKey);
    await this.throttles.takeBack(addressKey, ADDRESS_RULE);
  }
}
