import { Module } from '@nestjs/common';
import { PresenceRepository } from './presence.repository.js';
import { Presence } from './presence.service.js';

@Module({ providers: [PresenceRepository, Presence], exports: [Presence] })
export class PresenceModule {}
