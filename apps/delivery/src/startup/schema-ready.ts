import { setTimeout as delay } from 'node:timers/promises';
import { readFleetVersion } from '@kernelcast/database';
import type { Database } from '@kernelcast/database';

/** Migrations are the registry's; beyond this the start fails, for the supervisor to try again. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 250;

/**
 * Waits until the database is there and has its tables: services start in any order.
 * @throws the last error of the database when it takes longer than a minute
 */
export async function schemaReady(database: Database, patienceMs = PATIENCE_MS): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      await readFleetVersion(database.prisma);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}
