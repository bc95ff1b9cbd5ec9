import {
  classCountSchema,
  digestSchema,
  layerChangeSchema,
  settledHyperparametersSchema,
  type ClassCount,
  type Digest,
  type LayerChange,
  type SettledHyperparameters,
} from '@kernelcast/contracts';
import { Database, type Prisma } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';

/** What was kept of a version beside its metrics; versions made by older trainers have none of it. */
export interface VersionEvidence {
  readonly datasetVersionId: string;
  readonly predictions: { readonly digest: Digest; readonly size: number } | null;
  readonly layers: readonly LayerChange[] | null;
}

/** A version with what it was made from. */
export type LineageRow = Prisma.ModulatorVersionGetPayload<{ include: typeof ORIGIN }>;

const ORIGIN = {
  modulator: { select: { task: { select: { name: true, title: true } } } },
  trainingJob: { include: { baseNetwork: true, datasetVersion: { include: { dataset: { select: { name: true } } } } } },
} as const;

@Injectable()
export class VersionInsightsRepository {
  constructor(private readonly db: Database) {}

  async evidence(id: string): Promise<VersionEvidence> {
    const row = await this.db.prisma.modulatorVersion.findUniqueOrThrow({
      where: { id },
      select: {
        predictionsDigest: true,
        predictionsSize: true,
        layerChanges: true,
        trainingJob: { select: { datasetVersionId: true } },
      },
    });
    const { predictionsDigest: digest, predictionsSize: size } = row;
    return {
      datasetVersionId: row.trainingJob.datasetVersionId,
      predictions: digest === null || size === null ? null : { digest: digestSchema.parse(digest), size },
      layers: z.array(layerChangeSchema).nullable().parse(row.layerChanges),
    };
  }

  /** Number of the newest version of a modulator. */
  async latest(modulatorId: string): Promise<number> {
    const { _max } = await this.db.prisma.modulatorVersion.aggregate({
      where: { modulatorId },
      _max: { version: true },
    });
    return _max.version ?? 0;
  }

  /** Versions by id, with what they were made from. */
  origins(ids: readonly string[]): Promise<LineageRow[]> {
    const where = { id: { in: [...ids] } };
    return this.db.prisma.modulatorVersion.findMany({ where, include: ORIGIN, orderBy: { id: 'asc' } });
  }

  /** Ids of the versions whose training began at one of these, oldest first. */
  async startedFrom(ids: readonly string[], limit: number): Promise<string[]> {
    const rows = await this.db.prisma.modulatorVersion.findMany({
      where: { trainingJob: { startFromId: { in: [...ids] } } },
      select: { id: true },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(({ id }) => id);
  }

  async origin(id: string): Promise<LineageRow> {
    return this.db.prisma.modulatorVersion.findUniqueOrThrow({ where: { id }, include: ORIGIN });
  }
}

/** Hyperparameters as they were settled, `null` where that was not kept. */
export const settledOf = ({ settled }: Pick<LineageRow, 'settled'>): SettledHyperparameters | null =>
  settledHyperparametersSchema.nullable().parse(settled);

export const classCountsOf = ({ classes }: LineageRow['trainingJob']['datasetVersion']): ClassCount[] =>
  z.array(classCountSchema).parse(classes);
