import type {
  createEnrolmentTokenSchema,
  Device,
  DeviceGroup,
  enrolmentTokenSchema,
  ListDeviceGroupsQuery,
  ListDevicesQuery,
  Page,
} from '@kernelcast/contracts';
import { bumpFleetVersion, newId } from '@kernelcast/database';
import { AppError, hashSecret } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { newToken } from '../identity/secrets.js';
import { DeviceGroupsRepository } from './device-groups.repository.js';
import { DevicesRepository } from './devices.repository.js';

export type EnrolmentToken = z.infer<typeof enrolmentTokenSchema>;

@Injectable()
export class DevicesService {
  constructor(
    private readonly groups: DeviceGroupsRepository,
    private readonly devices: DevicesRepository,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  /** @throws AppError `name_taken` */
  async createGroup(actor: Actor, name: string): Promise<DeviceGroup> {
    return this.changes.commit(actor, async (tx) => {
      const group = await this.groups.create(tx, { id: newId('deviceGroup'), projectId: actor.projectId, name });
      if (!group) throw new AppError('name_taken', `A device group named "${name}" exists`);
      return { result: group, audit: { action: 'device_group.create', resource: group.id, after: { name } } };
    });
  }

  listGroups(projectId: string, query: ListDeviceGroupsQuery): Promise<Page<DeviceGroup>> {
    return this.groups.list(projectId, query);
  }

  /** Only the token's hash is kept. @throws AppError `group_not_found` */
  async createToken(actor: Actor, order: z.infer<typeof createEnrolmentTokenSchema>): Promise<EnrolmentToken> {
    const { groupId, uses, expiresInSeconds } = order;
    const token = newToken();
    const id = newId('enrolmentToken');
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1000);
    return this.changes.commit(actor, async (tx) => {
      if (!(await this.groups.exists(actor.projectId, groupId, tx))) {
        throw new AppError('group_not_found', `There is no device group ${groupId}`);
      }
      await this.groups.createToken(tx, { id, tokenHash: hashSecret(token), groupId, usesLeft: uses, expiresAt });
      const shown = { id, groupId, uses, expiresAt: expiresAt.toISOString() };
      return { result: { ...shown, token }, audit: { action: 'enrolment_token.create', resource: id, after: shown } };
    });
  }

  list(projectId: string, query: ListDevicesQuery): Promise<Page<Device>> {
    return this.devices.list(projectId, query);
  }

  /** @throws AppError `device_not_found` */
  async get(projectId: string, id: string): Promise<Device> {
    const device = await this.devices.find(projectId, id);
    if (!device) throw new AppError('device_not_found', `There is no device ${id}`);
    return device;
  }

  /** Ends a device's credentials. Revoking it again changes nothing. @throws AppError `device_not_found` */
  async revoke(actor: Actor, id: string): Promise<Device> {
    const device = await this.changes.commit(actor, async (tx) => {
      const revoked = await this.devices.revoke(tx, actor.projectId, id);
      const result = await this.devices.find(actor.projectId, id, tx);
      if (!result) throw new AppError('device_not_found', `There is no device ${id}`);
      if (!revoked) return { result };
      await bumpFleetVersion(tx);
      const audit = { action: 'device.revoke', resource: id, before: { state: 'active' }, after: { state: 'revoked' } };
      return { result, audit, events: [{ type: 'device.revoked', subject: id }] };
    });
    this.fleet.changed();
    return device;
  }
}
