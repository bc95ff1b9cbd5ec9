import { Module } from '@nestjs/common';
import { BaseNetworksModule } from '../base-networks/base-networks.module.js';
import { TrainingJobsModule } from '../training-jobs/training-jobs.module.js';
import { BaseUpgradesController } from './base-upgrades.controller.js';
import { BaseUpgrades } from './base-upgrades.service.js';
import { UpgradeOrders } from './upgrade-orders.service.js';
import { UpgradesRepository } from './upgrades.repository.js';

@Module({
  imports: [BaseNetworksModule, TrainingJobsModule],
  controllers: [BaseUpgradesController],
  providers: [UpgradesRepository, UpgradeOrders, BaseUpgrades],
})
export class BaseUpgradesModule {}
