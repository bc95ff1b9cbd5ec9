import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** The only row of `installation`; a migration inserts it. */
const INSTALLATION_ID = 1;

@Injectable()
export class InstallationRepository {
  constructor(private readonly db: Database) {}

  /** Waits for whoever else changes who the admins are, and keeps others from it until the end of the transaction. */
  async lockAdmins(tx: Tx): Promise<void> {
    await tx.$queryRaw`SELECT id FROM installation WHERE id = ${INSTALLATION_ID} FOR UPDATE`;
  }

  /** Notes that there is a first user. @returns whether there was none before */
  async claimFirstUser(tx: Tx): Promise<boolean> {
    if (await tx.user.findFirst({ select: { id: true } })) return false;
    const { count } = await tx.installation.updateMany({
      where: { id: INSTALLATION_ID, bootstrappedAt: null },
      data: { bootstrappedAt: new Date() },
    });
    return count === 1;
  }

  /** Whether nobody can get in: there never was a user, nor a key that may make one. */
  async isEmpty(tx: Tx = this.db.prisma): Promise<boolean> {
    const { bootstrappedAt } = await tx.installation.findUniqueOrThrow({ where: { id: INSTALLATION_ID } });
    if (bootstrappedAt || (await tx.user.findFirst({ select: { id: true } }))) return false;
    return (await tx.apiKey.findFirst({ where: { installationAdmin: true }, select: { id: true } })) === null;
  }

  /** Random, made with the database: tells this installation from any other with the same master key. */
  async salt(): Promise<string> {
    const { salt } = await this.db.prisma.installation.findUniqueOrThrow({ where: { id: INSTALLATION_ID } });
    return salt;
  }
}
