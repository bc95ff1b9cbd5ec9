import { Inject, Module, type OnModuleInit } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { AuthGuard } from './auth.guard.js';
import { IdentityService } from './identity.service.js';
import { SessionsController } from './sessions.controller.js';
import { SessionsRepository } from './sessions.repository.js';

@Module({
  imports: [ProjectsModule],
  controllers: [SessionsController, ApiKeysController],
  providers: [ApiKeysRepository, SessionsRepository, IdentityService, { provide: APP_GUARD, useClass: AuthGuard }],
  exports: [SessionsRepository],
})
export class IdentityModule implements OnModuleInit {
  constructor(
    private readonly identity: IdentityService,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  async onModuleInit(): Promise<void> {
    const secret = this.config.KERNELCAST_BOOTSTRAP_API_KEY;
    if (secret) await this.identity.ensureBootstrapKey(secret);
  }
}
