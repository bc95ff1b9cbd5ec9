import { randomBytes } from 'node:crypto';
import { createDatabase } from '@kernelcast/database';
import type { Database } from '@kernelcast/database';
import { createLogger } from '@kernelcast/platform';
import type { RunningService } from '@kernelcast/platform';
import { blobKey, createObjectStore, putBlob } from '@kernelcast/storage';
import { createTestDatabase, tempDir } from '@kernelcast/testing';
import { generateSigningKey, importSigner } from '@kernelcast/trust';
import type { SigningKey } from '@kernelcast/trust';
import { sealSecret } from '@kernelcast/trust/node';
import { readDeliveryConfig } from '../config/delivery.config.js';
import { startDelivery } from '../startup/start-delivery.js';
import { digestOfBytes, RegistryRows } from './registry-rows.factory.js';

export const POLL_SECONDS = 30;

/** A delivery service on a database and an object store of its own. */
export interface DeliveryFixture {
  readonly url: string;
  readonly database: Database;
  readonly rows: RegistryRows;
  readonly masterKey: Uint8Array;
  /** What `POST /enrol` should give as its release key. */
  readonly releaseKey: SigningKey;
  putBlob(bytes: Uint8Array): Promise<void>;
  /** Puts other bytes in the place of a blob. */
  damageBlob(bytes: Uint8Array, change: (copy: Buffer) => Buffer): Promise<void>;
  /** Starts one more service on the same database and store, with further environment. */
  startReplica(environment?: Record<string, string>): Promise<RunningService>;
  stop(): Promise<void>;
}

/** @param databaseUrl a migrated database; a fresh one by default, gone after `stop` */
export async function startDeliveryFixture(databaseUrl?: string): Promise<DeliveryFixture> {
  const own = databaseUrl === undefined ? await createTestDatabase() : undefined;
  const url = databaseUrl ?? own?.url ?? '';
  const database = createDatabase(url);
  const folder = tempDir('delivery');
  const store = createObjectStore({ kind: 'local', folder: folder.path });
  const masterKey = randomBytes(32);
  const releaseKey = await storeReleaseKey(database, masterKey);
  const start = (environment: Record<string, string> = {}) =>
    startService({
      DATABASE_URL: url,
      KERNELCAST_STORE_DIR: folder.path,
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
    damageBlob: (bytes, change) => store.put(blobKey(digestOfBytes(bytes)), change(Buffer.from(bytes))),
    startReplica: start,
    stop: async () => {
      await service.close();
      await database.close();
      await own?.drop();
      folder.remove();
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
