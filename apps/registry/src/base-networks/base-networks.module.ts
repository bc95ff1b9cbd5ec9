import { Module } from '@nestjs/common';
import { BaseNetworksController } from './base-networks.controller.js';
import { BaseNetworksRepository } from './base-networks.repository.js';
import { BaseNetworksService } from './base-networks.service.js';

@Module({
  controllers: [BaseNetworksController],
  providers: [BaseNetworksRepository, BaseNetworksService],
  exports: [BaseNetworksRepository, BaseNetworksService],
})
export class BaseNetworksModule {}
