import { Injectable } from '@nestjs/common';
import { digestSchema } from '@kernelcast/contracts';
import type { Digest, EnrolRequest } from '@kernelcast/contracts';
import { Database, newId } from '@kernelcast/database';
import type { Tx } from '@kernelcast/database';
import type { DeviceRow } from '../fleet/fleet.types.js';

export type EnrolmentRefusal = 'enrolment_token_invalid' | 'base_not_supported';
export type NewDevice = Omit<EnrolRequest, 'enrolmentToken'>;

/** Thrown inside the transaction, so that a refused enrolment leaves the token uncounted. */
class Refused extends Error {
  constructor(readonly code: EnrolmentRefusal) {
    super(code);
  }
}

@Injectable()
export class EnrolmentRepository {
  constructor(private readonly database: Database) {}

  /** Counts the token and creates the device, both or neither. The device's known bases come first among its bases. */
  async enrol(tokenHash: string, device: NewDevice, now: Date): Promise<DeviceRow | EnrolmentRefusal> {
    try {
      return await this.database.transaction((tx) => createDevice(tx, tokenHash, device, now));
    } catch (error) {
      if (error instanceof Refused) return error.code;
      throw error;
    }
  }

  /** What a renewal is judged by. */
  async identity(deviceId: string): Promise<{ publicKey: string; epoch: number; revoked: boolean } | undefined> {
    const row = await this.database.prisma.device.findUnique({
      where: { id: deviceId },
      select: { publicKey: true, epoch: true, state: true },
    });
    if (row === null) return undefined;
    return { publicKey: row.publicKey, epoch: row.epoch, revoked: row.state === 'revoked' };
  }
}

async function createDevice(tx: Tx, tokenHash: string, device: NewDevice, now: Date): Promise<DeviceRow> {
  const { groupId, projectId } = await countToken(tx, tokenHash, now);
  const baseDigests = await knownFirst(tx, device.baseDigests);
  const { id, epoch } = await tx.device.create({
    data: { ...device, id: newId('device'), projectId, groupId, baseDigests },
    select: { id: true, epoch: true },
  });
  // It joined these by its attributes, with its row.
  const joined = await tx.deviceGroupMember.findMany({ where: { deviceId: id }, select: { groupId: true } });
  const selectorGroups = joined.map((member) => member.groupId).sort();
  return { id, groupId, selectorGroups, baseDigests, epoch, revoked: false };
}

/** One conditional update, so that a token never serves more devices than it has uses, however many ask at once. */
async function countToken(tx: Tx, tokenHash: string, now: Date): Promise<{ groupId: string; projectId: string }> {
  const rows = await tx.$queryRaw<{ groupId: string; projectId: string }[]>`
    UPDATE enrolment_tokens t SET uses_left = uses_left - 1 FROM device_groups g
    WHERE t.token_hash = ${tokenHash} AND t.uses_left > 0 AND t.expires_at > ${now} AND g.id = t.group_id
    RETURNING g.id AS "groupId", g.project_id AS "projectId"`;
  const [token] = rows;
  if (token === undefined) throw new Refused('enrolment_token_invalid');
  return token;
}

async function knownFirst(tx: Tx, held: readonly Digest[]): Promise<Digest[]> {
  const rows = await tx.baseNetwork.findMany({
    where: { digest: { in: [...held] }, state: { in: ['active', 'deprecated'] } },
    select: { digest: true },
  });
  const known = new Set(rows.map(({ digest }) => digestSchema.parse(digest)));
  if (known.size === 0) throw new Refused('base_not_supported');
  return [...new Set([...held.filter((digest) => known.has(digest)), ...held])];
}
