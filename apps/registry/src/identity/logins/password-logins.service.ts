import { AppError, networkOf } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { Changes } from '../../changes/changes.service.js';
import { Passwords } from '../passwords/passwords.service.js';
import { LoginThrottle, type LoginAttempt } from '../throttle/login-throttle.service.js';
import { UsersRepository, type Login } from '../users/users.repository.js';

/** Where an attempt to log in comes from. */
export interface LoginOrigin {
  readonly address: string;
  readonly requestId: string;
}

/** Tells by their password who somebody is. */
@Injectable()
export class PasswordLogins {
  constructor(
    private readonly users: UsersRepository,
    private readonly throttle: LoginThrottle,
    private readonly passwords: Passwords,
    private readonly changes: Changes,
  ) {}

  /**
   * The same answer, after the same time, for a wrong password, an unknown address, and a user who is disabled or has
   * no password.
   * @throws AppError `unauthenticated`, `login_throttled`, `too_many_requests`
   */
  async check(email: string, password: string, origin: LoginOrigin): Promise<Login> {
    const attempt = await this.throttle.begin(email, origin.address);
    const user = await this.users.findLogin({ email });
    const { ok, rehashed } = await this.passwords.check(password, user?.disabledAt ? null : user?.passwordHash);
    if (!ok || !user) {
      if (attempt.isTelling) await this.record(user?.id ?? 'unknown', attempt, origin);
      throw new AppError('unauthenticated', 'The address or the password is wrong');
    }
    await this.throttle.succeed(attempt);
    if (rehashed && user.passwordHash) await this.users.rehash(user.id, user.passwordHash, rehashed);
    return user;
  }

  private async record(
    resource: string,
    { failures }: LoginAttempt,
    { address, requestId }: LoginOrigin,
  ): Promise<void> {
    const after = { failures, address: networkOf(address) };
    await this.changes.commit({ id: 'anonymous', projectId: null, requestId }, () =>
      Promise.resolve({ result: null, audit: { action: 'session.refuse', resource, after } }),
    );
  }
}
