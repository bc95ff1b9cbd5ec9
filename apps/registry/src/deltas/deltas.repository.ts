import { digestSchema, type Digest, type ModulatorVersion, type VersionDelta } from '@kernelcast/contracts';
import { bumpFleetVersion, Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** Deltas that one version is offered by: each costs every manifest that names the version some 300 bytes. */
const MAX_DELTAS_PER_VERSION = 4;
/** Newest versions of a modulator that deltas are made to and from, and versions looked at in one go. */
const NEWEST_VERSIONS = 4;
const OLD_VERSIONS = 32;
const MAX_TARGETS = 200;
/** Devices counted of each old version: beyond, one is as good as another. */
const COUNTED_DEVICES = 10_000;
/** Hours for which a delta stays that no device needs any more: dropping it makes devices fetch a manifest anew. */
const KEPT_HOURS = 24;

/** A delta to be made, leased to one registry. */
export interface DeltaTask {
  readonly fromVersionId: string;
  readonly toVersionId: string;
  readonly fromDigest: Digest;
  readonly toDigest: Digest;
  readonly fromSize: number;
  readonly toSize: number;
  /** Counting this one. */
  readonly attempts: number;
}

export interface MadeDelta {
  readonly digest: Digest;
  readonly size: number;
  readonly encoding: string;
}

/** Deltas between versions, and those still to be made, shared out between any number of registries by leases. */
@Injectable()
export class DeltasRepository {
  constructor(private readonly db: Database) {}

  /**
   * Orders the deltas that are worth making: to versions that rollouts bring or that are the newest approved ones, from
   * those of the same modulator that devices run, most devices first.
   * @returns how many were ordered
   */
  plan(): Promise<number> {
    return this.db.prisma.$executeRaw`
      WITH targets AS (
        SELECT v.id, v.project_id, v.modulator_id FROM modulator_versions v
        WHERE v.state = 'approved' AND (
          v.version > (SELECT max(n.version) FROM modulator_versions n
                       WHERE n.modulator_id = v.modulator_id AND n.state = 'approved') - ${NEWEST_VERSIONS}
          OR EXISTS (SELECT 1 FROM rollouts r WHERE r.modulator_version_id = v.id
                     AND r.state IN ('created', 'running', 'paused', 'halted')))
        ORDER BY v.id DESC LIMIT ${MAX_TARGETS}),
      pairs AS (
        SELECT t.project_id, o.id AS from_id, t.id AS to_id,
          row_number() OVER (PARTITION BY t.id ORDER BY o.devices DESC, o.version DESC) AS place
        FROM targets t CROSS JOIN LATERAL (
          SELECT old.id, old.version, used.devices
          FROM (SELECT id, version, digest FROM modulator_versions
                WHERE modulator_id = t.modulator_id AND id <> t.id ORDER BY version DESC LIMIT ${OLD_VERSIONS}) old
          CROSS JOIN LATERAL (
            SELECT count(*) AS devices FROM (
              SELECT 1 FROM device_slots s WHERE s.digest = old.digest AND s.phase = 'active'
              LIMIT ${COUNTED_DEVICES}) counted) used
          WHERE used.devices > 0) o)
      INSERT INTO modulator_deltas (project_id, from_version_id, to_version_id)
      SELECT project_id, from_id, to_id FROM pairs WHERE place <= ${MAX_DELTAS_PER_VERSION}
      ON CONFLICT DO NOTHING`;
  }

  /** Those to a version, newest `from` first. */
  async listTo({ id, size: whole }: Pick<ModulatorVersion, 'id' | 'size'>): Promise<VersionDelta[]> {
    const rows = await this.db.prisma.modulatorDelta.findMany({
      where: { toVersionId: id },
      include: { fromVersion: { select: { id: true, version: true, digest: true } } },
      orderBy: { fromVersion: { version: 'desc' } },
    });
    return rows.map(({ fromVersion: from, state, digest, size, encoding, createdAt }) => ({
      from: { ...from, digest: digestSchema.parse(from.digest) },
      state,
      digest: digest === null ? null : digestSchema.parse(digest),
      size,
      encoding,
      sizeRatio: size === null ? null : size / whole,
      createdAt: createdAt.toISOString(),
    }));
  }

  /** Leases the oldest that nobody works at. */
  async claim(owner: string, leaseMs: number): Promise<DeltaTask | null> {
    const [row] = await this.db.prisma.$queryRaw<DeltaTask[]>`
      UPDATE modulator_deltas d
      SET lease_owner = ${owner}, lease_until = now() + ${leaseMs} * interval '1 millisecond', attempts = d.attempts + 1
      FROM modulator_versions f, modulator_versions t
      WHERE f.id = d.from_version_id AND t.id = d.to_version_id AND (d.from_version_id, d.to_version_id) = (
        SELECT from_version_id, to_version_id FROM modulator_deltas
        WHERE state = 'queued' AND (lease_until IS NULL OR lease_until < now())
        ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING d.from_version_id AS "fromVersionId", d.to_version_id AS "toVersionId", f.digest AS "fromDigest",
        t.digest AS "toDigest", f.size AS "fromSize", t.size AS "toSize", d.attempts`;
    return row ?? null;
  }

  /** @returns false when the lease is another's by now */
  async renew({ fromVersionId, toVersionId }: DeltaTask, owner: string, leaseMs: number): Promise<boolean> {
    const count = await this.db.prisma.$executeRaw`
      UPDATE modulator_deltas SET lease_until = now() + ${leaseMs} * interval '1 millisecond'
      WHERE from_version_id = ${fromVersionId} AND to_version_id = ${toVersionId} AND lease_owner = ${owner}
        AND state = 'queued'`;
    return count === 1;
  }

  /** Hands one back, to be tried again at once: this try does not count. */
  async release({ fromVersionId, toVersionId }: DeltaTask, owner: string): Promise<void> {
    await this.db.prisma.modulatorDelta.updateMany({
      where: { fromVersionId, toVersionId, leaseOwner: owner, state: 'queued' },
      data: { leaseOwner: null, leaseUntil: null, attempts: { decrement: 1 } },
    });
  }

  /**
   * Closes one. The fleet version rises with a delta, so that manifests name it; the version of the manifests does not,
   * as what devices should run is the same.
   * @param made - null when there is no use in one
   * @returns whether it was still the owner's
   */
  settle({ fromVersionId, toVersionId }: DeltaTask, owner: string, made: MadeDelta | null): Promise<boolean> {
    return this.db.transaction(async (tx) => {
      const { count } = await tx.modulatorDelta.updateMany({
        where: { fromVersionId, toVersionId, leaseOwner: owner, state: 'queued' },
        data: { state: made ? 'ready' : 'unsuitable', ...made, leaseOwner: null, leaseUntil: null },
      });
      if (count === 1 && made !== null) await bumpFleetVersion(tx);
      return count === 1;
    });
  }

  /** Drops what no device needs any more; blobs that nothing names are garbage then. @returns how many were dropped */
  prune(): Promise<number> {
    return this.db.transaction(async (tx: Tx) => {
      const dropped = await tx.$queryRaw<{ state: string }[]>`
        DELETE FROM modulator_deltas d USING modulator_versions f
        WHERE f.id = d.from_version_id AND d.created_at < now() - ${KEPT_HOURS} * interval '1 hour'
          AND NOT EXISTS (SELECT 1 FROM device_slots s WHERE s.digest = f.digest AND s.phase = 'active')
        RETURNING d.state::text`;
      if (dropped.some(({ state }) => state === 'ready')) await bumpFleetVersion(tx);
      return dropped.length;
    });
  }
}
