import { Injectable } from '@nestjs/common';
import { hashPassword, isOutdated, verifyPassword } from './argon2id.js';
import { Gate } from './gate.js';

/**
 * Half of the four threads that Node has by default for files, name resolution and hashes: a flood of logins takes at
 * most two times 19 MiB, and everything else goes on.
 */
const CONCURRENCY = 2;
/** At some 30 ms a hash, who is last in line waits for about a second. */
const WAITING = 64;

/** What checking a password found out. */
interface PasswordCheck {
  readonly ok: boolean;
  /** Made of the same password with today's costs, when the stored one was made with less. */
  readonly rehashed?: string;
}

/** Hashes and checks passwords, a few at a time. */
@Injectable()
export class Passwords {
  private readonly gate = new Gate({ concurrency: CONCURRENCY, waiting: WAITING });
  private decoy: Promise<string> | undefined;

  /** @throws AppError `too_many_requests` when too many wait */
  hash(password: string): Promise<string> {
    return this.gate.run(() => hashPassword(password));
  }

  /**
   * Checks a password against a stored hash. Without one it takes as long and fails: nobody can tell from the time
   * whether there is such a user, or whether that user has a password.
   * @throws AppError `too_many_requests` when too many wait
   */
  async check(password: string, stored: string | null | undefined): Promise<PasswordCheck> {
    const hash = stored ?? undefined;
    const against = hash ?? (await this.decoyHash());
    return this.gate.run(async () => {
      const ok = (await verifyPassword(password, against)) && hash !== undefined;
      return ok && isOutdated(against) ? { ok, rehashed: await hashPassword(password) } : { ok };
    });
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= hashPassword('nobody has this password');
    return this.decoy;
  }
}
