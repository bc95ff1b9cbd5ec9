import { Database, newId, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class PasswordResetsRepository {
  constructor(private readonly db: Database) {}

  /** Makes a token the only one with which a user may choose a password. */
  async replace(tx: Tx, reset: { userId: string; tokenHash: string; expiresAt: Date }): Promise<void> {
    await this.deleteOf(tx, reset.userId);
    await tx.passwordReset.create({ data: { id: newId('passwordReset'), ...reset } });
  }

  /** Uses a token up. @returns whose it was; null when it is unknown, used or too old */
  async take(tx: Tx, tokenHash: string): Promise<string | null> {
    const reset = await tx.passwordReset.findUnique({ where: { tokenHash } });
    if (!reset) return null;
    const { count } = await tx.passwordReset.deleteMany({ where: { id: reset.id } });
    return count === 1 && reset.expiresAt > new Date() ? reset.userId : null;
  }

  /** Whose a token is, without using it up. */
  async find(tokenHash: string): Promise<{ id: string; email: string; name: string } | null> {
    const reset = await this.db.prisma.passwordReset.findFirst({
      where: { tokenHash, expiresAt: { gt: new Date() } },
      select: { user: { select: { id: true, email: true, name: true } } },
    });
    return reset?.user ?? null;
  }

  async deleteOf(tx: Tx, userId: string): Promise<void> {
    await tx.passwordReset.deleteMany({ where: { userId } });
  }

  async deleteExpired(): Promise<void> {
    await this.db.prisma.passwordReset.deleteMany({ where: { expiresAt: { lte: new Date() } } });
  }
}
