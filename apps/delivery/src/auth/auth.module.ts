import { Global, Module } from '@nestjs/common';
import { PresenceModule } from '../presence/presence.module.js';
import { DeviceAuth } from './device-auth.service.js';
import { DeviceGuard } from './device.guard.js';

@Global()
@Module({ imports: [PresenceModule], providers: [DeviceAuth, DeviceGuard], exports: [DeviceAuth, DeviceGuard] })
export class AuthModule {}
