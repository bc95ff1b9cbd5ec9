import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PresenceModule } from '../presence/presence.module.js';
import { DeviceAuth } from './device-auth.service.js';
import { DeviceGuard } from './device.guard.js';

@Global()
@Module({
  imports: [PresenceModule],
  providers: [DeviceAuth, { provide: APP_GUARD, useClass: DeviceGuard }],
  exports: [DeviceAuth],
})
export class AuthModule {}
