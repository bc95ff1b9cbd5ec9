import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { applyMigrations, createDatabase } from '@kernelcast/database';
import type { Database } from '@kernelcast/database';
import { createLogger, startEmbeddedPostgres } from '@kernelcast/platform';
import type { EmbeddedPostgres, RunningService } from '@kernelcast/platform';
import { createObjectStore, putBlob } from '@kernelcast/storage';
import { generateSigningKey, importSigner } from '@kernelcast/trust';
import type { SigningKey } from '@kernelcast/trust';
import { sealSecret } from '@kernelcast/trust/node';
import { readDeliveryConfig } from '../config/delivery.config.js';
import { startDelivery } from '../startup/start-delivery.js';
import { RegistryRows } from './registry-rows.factory.js';

export const POLL_SECONDS = 30;

/** A delivery service on a Postgres and an object store of its own. */
export interface DeliveryFixture {
  readonly url: string;
  readonly database: Database;
  readonly rows: RegistryRows;
  readonly masterKey: Uint8Array;
  /** What `POST /enrol` should give as its release key. */
  readonly releaseKey: SigningKey;
  putBlob(bytes: Uint8Array): Promise<void>;
  /** Ends the database server under the running service. */
  stopPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
  /** Starts one more service on the same database and store, with further environment. */
  startReplica(environment?: Record<string, string>): Promise<RunningService>;
  stop(): Promise<void>;
}

export async function startDeliveryFixture(): Promise<DeliveryFixture> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-delivery-'));
  // Run by root, the server has a user of its own, who must get through to its data.
  chmodSync(folder, 0o711);
  const dataDir = path.join(folder, 'postgres');
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
  await applyMigrations(postgres.url);
  const database = createDatabase(postgres.url);
  const masterKey = randomBytes(32);
  const releaseKey = await storeReleaseKey(database, masterKey);
  const storeDir = path.join(folder, 'objects');
  const store = createObjectStore({ kind: 'local', folder: storeDir });
  const start = (environment: Record<string, string> = {}) =>
    startService({
      DATABASE_URL: postgres.url,
      KERNELCAST_STORE_DIR: storeDir,
      KERNELCAST_MASTER_KEY: masterKey.toString('base64url'),
      ...environment,
    });
  const service = await start();
  return {
    url: service.url ?? '',
    database,
    rows: new RegistryRows(database, await importSigner(releaseKey)),
    masterKey,
    releaseKey,
    putBlob: async (bytes) => void (await putBlob(store, bytes)),
    stopPostgres: () => postgres.stop(),
    startPostgres: async () => {
      postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port, settings: { fsync: 'off' } });
    },
    startReplica: start,
    stop: async () => {
      await service.close();
      await database.close();
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function startService(environment: Record<string, string>): Promise<RunningService> {
  const defaults = { KERNELCAST_POLL_SECONDS: String(POLL_SECONDS), LOG_LEVEL: 'fatal' };
  const config = readDeliveryConfig({ ...defaults, ...environment });
  return startDelivery(config, createLogger({ service: 'delivery', level: config.LOG_LEVEL }), '0.0.0');
}

/** The registry's part: its key is there before a device enrols. */
async function storeReleaseKey(database: Database, masterKey: Uint8Array): Promise<SigningKey> {
  const key = await generateSigningKey();
  const sealed = sealSecret(key.privateKeyPkcs8, masterKey, `signing-key:${key.kid}`);
  const data = { kid: key.kid, role: 'release', publicKey: key.publicKey } as const;
  await database.prisma.signingKey.create({ data: { ...data, sealedPrivateKey: new Uint8Array(sealed) } });
  return key;
}

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
