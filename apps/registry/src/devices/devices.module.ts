import { Module } from '@nestjs/common';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { DeviceGroupsRepository } from './device-groups.repository.js';
import { DevicesController } from './devices.controller.js';
import { DevicesRepository } from './devices.repository.js';
import { DevicesService } from './devices.service.js';

@Module({
  imports: [FleetEventsModule],
  controllers: [DevicesController],
  providers: [DeviceGroupsRepository, DevicesRepository, DevicesService],
  exports: [DeviceGroupsRepository],
})
export class DevicesModule {}
