import { Module } from '@nestjs/common';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { BundleOrders } from './bundle-orders.service.js';
import { BundlesController } from './bundles.controller.js';
import { BundlesRepository } from './bundles.repository.js';
import { BundlesService } from './bundles.service.js';

@Module({
  imports: [FleetEventsModule],
  controllers: [BundlesController],
  providers: [BundlesRepository, BundleOrders, BundlesService],
})
export class BundlesModule {}
