import { trainerSchema, TRAINER_PRESENCE_SECONDS, type Trainer } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** Which kinds of trainers are there to take a job. */
export interface Presence {
  readonly any: boolean;
  readonly gpu: boolean;
}

const SECOND_MS = 1_000;
/** A row is kept for a while after its trainer fell silent, for people who look for the cause of something. */
const FORGOTTEN_AFTER_MS = 24 * 3_600 * SECOND_MS;
const acceleratorSchema = trainerSchema.shape.accelerator;

/** Trainers write their own rows, with every heartbeat; here they are read. */
@Injectable()
export class TrainersRepository {
  constructor(private readonly db: Database) {}

  /** Those seen within a minute, the longest at work first. */
  async list(now = new Date()): Promise<Trainer[]> {
    const rows = await this.db.prisma.trainer.findMany({
      where: { lastSeenAt: { gte: presentSince(now) } },
      orderBy: [{ startedAt: 'asc' }, { id: 'asc' }],
    });
    return rows.map(({ accelerator, startedAt, lastSeenAt, ...trainer }) => ({
      ...trainer,
      accelerator: acceleratorSchema.parse(accelerator),
      startedAt: startedAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
    }));
  }

  async presence(tx: Tx = this.db.prisma, now = new Date()): Promise<Presence> {
    const rows = await tx.trainer.findMany({
      where: { lastSeenAt: { gte: presentSince(now) } },
      distinct: ['accelerator'],
      select: { accelerator: true },
    });
    return { any: rows.length > 0, gpu: rows.some(({ accelerator }) => accelerator === 'gpu') };
  }

  /** Forgets trainers that have not been seen for a day. */
  async prune(now = new Date()): Promise<void> {
    const before = new Date(now.getTime() - FORGOTTEN_AFTER_MS);
    await this.db.prisma.trainer.deleteMany({ where: { lastSeenAt: { lt: before } } });
  }
}

const presentSince = (now: Date): Date => new Date(now.getTime() - TRAINER_PRESENCE_SECONDS * SECOND_MS);
