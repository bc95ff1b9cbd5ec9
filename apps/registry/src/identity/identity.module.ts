import { Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { ApiKeysController } from './api-keys/api-keys.controller.js';
import { ApiKeysRepository } from './api-keys/api-keys.repository.js';
import { ApiKeysService } from './api-keys/api-keys.service.js';
import { AuthGuard } from './auth.guard.js';
import { BootstrapToken } from './bootstrap/bootstrap-token.js';
import { configuredAdmin } from './bootstrap/bootstrap.config.js';
import { BootstrapController } from './bootstrap/bootstrap.controller.js';
import { Bootstrap } from './bootstrap/bootstrap.service.js';
import { IdentityCleaning } from './identity-cleaning.service.js';
import { IdentityService } from './identity.service.js';
import { Logins } from './logins/logins.service.js';
import { PasswordLogins } from './logins/password-logins.service.js';
import { OidcLogins } from './oidc/oidc-logins.service.js';
import { OidcUsers } from './oidc/oidc-users.service.js';
import { OIDC_SETTINGS, oidcSettingsFrom } from './oidc/oidc.config.js';
import { OidcController } from './oidc/oidc.controller.js';
import { Passwords } from './passwords/passwords.service.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SessionsService } from './sessions/sessions.service.js';
import { LoginThrottle } from './throttle/login-throttle.service.js';
import { ThrottleRepository } from './throttle/throttle.repository.js';
import { UsageRecorder } from './usage/usage-recorder.service.js';
import { UsageRepository } from './usage/usage.repository.js';
import { AccountController } from './users/account.controller.js';
import { InstallationRepository } from './users/installation.repository.js';
import { PasswordResetsRepository } from './users/password-resets.repository.js';
import { PasswordResets } from './users/password-resets.service.js';
import { UserAccess } from './users/user-access.service.js';
import { UserIdentities } from './users/user-identities.repository.js';
import { UserPasswords } from './users/user-passwords.service.js';
import { UsersController } from './users/users.controller.js';
import { UsersRepository } from './users/users.repository.js';
import { UsersService } from './users/users.service.js';

const REPOSITORIES = [
  ApiKeysRepository,
  InstallationRepository,
  PasswordResetsRepository,
  SessionsRepository,
  ThrottleRepository,
  UsageRepository,
  UserIdentities,
  UsersRepository,
];
const LOGGING_IN = [Passwords, LoginThrottle, PasswordLogins, Logins, OidcUsers, OidcLogins];
const MANAGEMENT = [
  ApiKeysService,
  Bootstrap,
  BootstrapToken,
  PasswordResets,
  SessionsService,
  UserAccess,
  UserPasswords,
  UsersService,
];

@Module({
  imports: [ProjectsModule, RateLimitsModule],
  controllers: [
    SessionsController,
    ApiKeysController,
    UsersController,
    AccountController,
    BootstrapController,
    OidcController,
  ],
  providers: [
    ...REPOSITORIES,
    ...LOGGING_IN,
    ...MANAGEMENT,
    UsageRecorder,
    IdentityService,
    IdentityCleaning,
    {
      provide: OIDC_SETTINGS,
      useFactory: (config: RegistryConfig) => oidcSettingsFrom(config) ?? null,
      inject: [CONFIG],
    },
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
  exports: [IdentityCleaning],
})
export class IdentityModule implements OnModuleInit {
  private readonly logger = new Logger(IdentityModule.name);

  constructor(
    private readonly keys: ApiKeysService,
    private readonly bootstrap: Bootstrap,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  /** Lets the operator in, by what they configured, or else by a token that the log shows. */
  async onModuleInit(): Promise<void> {
    const secret = this.config.KERNELCAST_BOOTSTRAP_API_KEY;
    if (secret) await this.keys.ensureBootstrapKey(secret);
    const admin = configuredAdmin(this.config);
    if (admin && (await this.bootstrap.ensureConfigured(admin)))
      this.logger.log(`made the first admin, ${admin.email}`);
    const token = await this.bootstrap.offeredToken();
    if (token)
      this.logger.warn(`There is nobody yet. Make the first admin: POST /v1/bootstrap with the token ${token}`);
  }
}
