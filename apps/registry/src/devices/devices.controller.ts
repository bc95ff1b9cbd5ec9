import { registryRoutes, type Device, type DeviceGroup, type Page, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { DevicesService, type EnrolmentToken } from './devices.service.js';

@Controller()
export class DevicesController {
  constructor(private readonly devices: DevicesService) {}

  @Route(registryRoutes.createDeviceGroup)
  createGroup(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createDeviceGroup>,
  ): Promise<DeviceGroup> {
    return this.devices.createGroup(actor, body);
  }

  @Route(registryRoutes.listDeviceGroups)
  listGroups(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listDeviceGroups>,
  ): Promise<Page<DeviceGroup>> {
    return this.devices.listGroups(projectId, query);
  }

  @Route(registryRoutes.createEnrolmentToken)
  createToken(
    @CurrentActor() actor: Actor,
    @Input() { body }: RouteInput<typeof registryRoutes.createEnrolmentToken>,
  ): Promise<EnrolmentToken> {
    return this.devices.createToken(actor, body);
  }

  @Route(registryRoutes.listDevices)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listDevices>,
  ): Promise<Page<Device>> {
    return this.devices.list(projectId, query);
  }

  @Route(registryRoutes.getDevice)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getDevice>,
  ): Promise<Device> {
    return this.devices.get(projectId, params.id);
  }

  @Route(registryRoutes.updateDevice)
  update(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.updateDevice>,
  ): Promise<Device> {
    return this.devices.update(actor, params.id, body);
  }

  @Route(registryRoutes.revokeDevice)
  revoke(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.revokeDevice>,
  ): Promise<Device> {
    return this.devices.revoke(actor, params.id);
  }
}
