import {
  MAX_ATTRIBUTES,
  type createDeviceGroupSchema,
  type createEnrolmentTokenSchema,
  type Device,
  type DeviceGroup,
  type enrolmentTokenSchema,
  type ListDeviceGroupsQuery,
  type ListDevicesQuery,
  type Page,
  type updateDeviceSchema,
} from '@kernelcast/contracts';
import { bumpFleetVersion, newId } from '@kernelcast/database';
import { AppError, assertPrecondition, hashSecret } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { newToken } from '../identity/secrets.js';
import { DeviceGroupsRepository } from './device-groups.repository.js';
import { DevicesRepository } from './devices.repository.js';

/** Every enrolment is held against each of them. */
const MAX_SELECTOR_GROUPS = 100;

export type EnrolmentToken = z.infer<typeof enrolmentTokenSchema>;

@Injectable()
export class DevicesService {
  constructor(
    private readonly groups: DeviceGroupsRepository,
    private readonly devices: DevicesRepository,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  /** @throws AppError `name_taken`, `conflict` when the project has too many groups with a selector */
  async createGroup(actor: Actor, { name, selector }: z.infer<typeof createDeviceGroupSchema>): Promise<DeviceGroup> {
    const made = await this.changes.commit(actor, async (tx) => {
      const { projectId } = actor;
      if (selector && (await this.groups.countSelected(projectId, tx)) >= MAX_SELECTOR_GROUPS) {
        throw new AppError('conflict', `A project has at most ${MAX_SELECTOR_GROUPS} groups with a selector`);
      }
      const group = await this.groups.create(tx, { id: newId('deviceGroup'), projectId, name, selector });
      if (!group) throw new AppError('name_taken', `A device group named "${name}" exists`);
      return { result: group, audit: { action: 'device_group.create', resource: group.id, after: { name, selector } } };
    });
    if (selector) this.fleet.changed();
    return made;
  }

  listGroups(projectId: string, query: ListDeviceGroupsQuery): Promise<Page<DeviceGroup>> {
    return this.groups.list(projectId, query);
  }

  /** Only the token's hash is kept. @throws AppError `group_not_found`, `conflict` for a group with a selector */
  async createToken(actor: Actor, order: z.infer<typeof createEnrolmentTokenSchema>): Promise<EnrolmentToken> {
    const { groupId, uses, expiresInSeconds } = order;
    const token = newToken();
    const id = newId('enrolmentToken');
    const expiresAt = new Date(Date.now() + expiresInSeconds * 1000);
    return this.changes.commit(actor, async (tx) => {
      const selected = await this.groups.isSelected(actor.projectId, groupId, tx);
      if (selected === undefined) throw new AppError('group_not_found', `There is no device group ${groupId}`);
      if (selected) throw new AppError('conflict', 'Devices are in this group by their attributes, not by a token');
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

  /**
   * Sets and removes attributes. The device joins and leaves groups by them in the same transaction.
   * @throws AppError `device_not_found`, `precondition_failed`, `validation_failed` for too many attributes
   */
  async update(actor: Actor, id: string, { attributes }: z.infer<typeof updateDeviceSchema>): Promise<Device> {
    const { projectId } = actor;
    const result = await this.changes.commit(actor, async (tx) => {
      await this.devices.lock(tx, projectId, id);
      const before = await this.devices.find(projectId, id, tx);
      if (!before) throw new AppError('device_not_found', `There is no device ${id}`);
      assertPrecondition(actor.precondition, before);
      const merged = Object.entries({ ...before.attributes, ...attributes }).filter((entry) => entry[1] !== null);
      if (merged.length > MAX_ATTRIBUTES) {
        const errors = [{ pointer: '/body/attributes', detail: `a device has at most ${MAX_ATTRIBUTES} attributes` }];
        throw new AppError('validation_failed', undefined, { errors });
      }
      await this.devices.setAttributes(tx, id, Object.fromEntries(merged));
      const after = await this.devices.find(projectId, id, tx);
      const audit = { action: 'device.update', resource: id, before: { attributes: before.attributes } };
      return { result: after ?? before, audit: { ...audit, after: { attributes: after?.attributes } } };
    });
    this.fleet.changed();
    return result;
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
