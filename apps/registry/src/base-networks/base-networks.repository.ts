import {
  baseNetworkReportSchema,
  baseNetworkSourceSchema,
  budgetSchema,
  methodSchema,
  type BaseNetwork,
  type Budget,
  type Digest,
  type JobState,
  type ListBaseNetworksQuery,
  type Method,
  type Page,
} from '@kernelcast/contracts';
import { Database, isUniqueViolation, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { createdWithin, nameHolds, oneOf, readPage, type Listing } from '../paging/keyset.js';
import { openTo } from '../paging/references.js';
import { idOrName } from '../paging/paging.js';

export type NewBaseNetwork = Omit<
  BaseNetwork,
  'state' | 'report' | 'validatedAt' | 'createdAt' | 'startDigest' | 'trainingJobId' | 'projectId'
>;

/** States in which a job may still make its base network. */
const UNENDED: JobState[] = ['queued', 'running', 'evaluating', 'paused'];

const LISTING: Listing<'createdAt' | 'name'> = {
  name: 'base_networks',
  from: Prisma.sql`base_networks`,
  id: Prisma.sql`id`,
  sorts: {
    createdAt: { column: Prisma.sql`created_at`, type: 'time' },
    name: { column: Prisma.sql`name`, type: 'text' },
  },
};

/** What all projects share, and what is the project's own. */
const isOpenTo = (projectId: string) => ({ OR: [{ projectId }, { projectId: null }] });

@Injectable()
export class BaseNetworksRepository {
  constructor(private readonly db: Database) {}

  /** Of one that has still to be run. @returns null when the name or the digest is taken. */
  async create(tx: Tx, data: NewBaseNetwork): Promise<BaseNetwork | null> {
    try {
      return toBaseNetwork(await tx.baseNetwork.create({ data: { ...data, state: 'validating' } }));
    } catch (error) {
      if (isUniqueViolation(error)) return null;
      throw error;
    }
  }

  /** One that is known to be there. */
  async read(id: string): Promise<BaseNetwork> {
    return toBaseNetwork(await this.db.prisma.baseNetwork.findUniqueOrThrow({ where: { id } }));
  }

  /** A project's own comes before a shared one of the same name. */
  async find(projectId: string, reference: string, tx: Tx = this.db.prisma): Promise<BaseNetwork | null> {
    const row = await tx.baseNetwork.findFirst({
      where: { AND: [isOpenTo(projectId), idOrName(reference)] },
      orderBy: { projectId: { sort: 'asc', nulls: 'last' } },
    });
    return row && toBaseNetwork(row);
  }

  /** What the meta job that made a base network was told; null when none made it. */
  async makerOf({ id }: BaseNetwork, tx: Tx = this.db.prisma): Promise<{ method: Method; budget: Budget } | null> {
    const job = await tx.trainingJob.findFirst({
      where: { madeBase: { id } },
      select: { method: true, budget: true },
    });
    return job && { method: methodSchema.parse(job.method), budget: budgetSchema.parse(job.budget) };
  }

  /** Id of the base network that has the name in a project, or of a meta job that has not ended and will give it to one. */
  async takerOf(projectId: string, name: string, tx: Tx = this.db.prisma): Promise<string | null> {
    const select = { id: true } as const;
    const taker =
      (await tx.baseNetwork.findFirst({ where: { AND: [isOpenTo(projectId), { name }] }, select })) ??
      (await tx.trainingJob.findFirst({ where: { projectId, outputName: name, state: { in: UNENDED } }, select }));
    return taker && taker.id;
  }

  list(projectId: string, query: ListBaseNetworksQuery): Promise<Page<BaseNetwork>> {
    const request = {
      query,
      scope: [projectId],
      where: [
        openTo(projectId),
        ...nameHolds(query.search, Prisma.sql`name`),
        ...createdWithin(query, Prisma.sql`created_at`),
      ],
      oneOf: [oneOf(Prisma.sql`state`, query.state, Prisma.sql`"BaseNetworkState"`)],
    };
    return readPage(this.db.prisma, LISTING, request, async (ids) =>
      (await this.db.prisma.baseNetwork.findMany({ where: { id: { in: ids } } })).map(toBaseNetwork),
    );
  }
}

type Row = Prisma.BaseNetworkGetPayload<object>;

const toBaseNetwork = ({ attempts: _, leaseOwner: _owner, leaseUntil: _until, ...row }: Row): BaseNetwork => ({
  ...row,
  digest: row.digest as Digest,
  graphDigest: row.graphDigest as Digest,
  weightsDigest: row.weightsDigest as Digest,
  startDigest: row.startDigest as Digest | null,
  source: baseNetworkSourceSchema.parse(row.source),
  report: baseNetworkReportSchema.nullable().parse(row.report),
  validatedAt: row.validatedAt && row.validatedAt.toISOString(),
  createdAt: row.createdAt.toISOString(),
});
