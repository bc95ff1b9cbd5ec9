import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createDatabase, type Database } from '@kernelcast/database';
import { createTestDatabase, tempDir } from '@kernelcast/testing';
import { ServiceProcess } from '../embedded/service-process.js';

const SCRIPT = path.resolve(import.meta.dirname, '../../../registry/dist/main.js');

/** The built registry in a process of its own, on a database of its own. */
export class RegistryProcess {
  static readonly adminKey = `kc_${'A'.repeat(43)}`;

  private constructor(
    readonly url: string,
    readonly database: Database,
    readonly databaseUrl: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(): Promise<RegistryProcess> {
    const testDatabase = await createTestDatabase();
    const folder = tempDir('cli-registry');
    const service = new ServiceProcess({
      name: 'registry',
      script: SCRIPT,
      logFile: path.join(folder.path, 'registry.log'),
      onNotice: () => undefined,
      env: {
        DATABASE_URL: testDatabase.url,
        KERNELCAST_PORT: '0',
        KERNELCAST_STORE_DIR: path.join(folder.path, 'objects'),
        KERNELCAST_MASTER_KEY: randomBytes(32).toString('base64url'),
        KERNELCAST_BOOTSTRAP_API_KEY: RegistryProcess.adminKey,
        KERNELCAST_MIGRATE: '0',
      },
    });
    const url = await service.start();
    const database = createDatabase(testDatabase.url, { max: 2 });
    return new RegistryProcess(url, database, testDatabase.url, async () => {
      await service.stop();
      await database.close();
      await testDatabase.drop();
      folder.remove();
    });
  }

  /** What a trainer writes while it works on a job. */
  async tell(trainingJobId: string, type: 'state' | 'step' | 'log', data: object): Promise<void> {
    await this.database.prisma.jobEvent.create({ data: { trainingJobId, type, data: data as Record<string, string> } });
  }

  /** What a trainer does at the end of a job that failed. */
  async fail(trainingJobId: string, error: { code: string; message: string; retryable: boolean }): Promise<void> {
    await this.database.prisma.trainingJob.update({
      where: { id: trainingJobId },
      data: {
        state: 'failed',
        errorCode: error.code,
        errorMessage: error.message,
        errorRetryable: error.retryable,
        finishedAt: new Date(),
      },
    });
    await this.tell(trainingJobId, 'state', { state: 'failed', error });
  }
}
