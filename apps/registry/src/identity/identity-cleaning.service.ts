import { Injectable } from '@nestjs/common';
import { SessionsService } from './sessions/sessions.service.js';
import { ThrottleRepository } from './throttle/throttle.repository.js';
import { PasswordResetsRepository } from './users/password-resets.repository.js';

/** Removes what has ended or expired. */
@Injectable()
export class IdentityCleaning {
  constructor(
    private readonly sessions: SessionsService,
    private readonly resets: PasswordResetsRepository,
    private readonly throttles: ThrottleRepository,
  ) {}

  async clean(): Promise<void> {
    await this.sessions.deleteEnded();
    await this.resets.deleteExpired();
    await this.throttles.deleteForgotten();
  }
}
