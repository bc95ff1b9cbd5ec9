import { createDatabase } from '@kernelcast/database';
import { environmentShapes, readConfig } from '@kernelcast/platform';
import { z } from 'zod';
import { resealKeys } from './reseal-keys.js';

// Seals the signing keys by KERNELCAST_MASTER_KEY that KERNELCAST_PREVIOUS_MASTER_KEY has sealed.
const schema = z.object({
  ...environmentShapes.database,
  ...environmentShapes.masterKey,
  KERNELCAST_PREVIOUS_MASTER_KEY: environmentShapes.masterKey.KERNELCAST_MASTER_KEY,
});

const config = readConfig(schema);
const database = createDatabase(config.DATABASE_URL, { max: 1 });
try {
  const resealed = await resealKeys(database, config.KERNELCAST_PREVIOUS_MASTER_KEY, config.KERNELCAST_MASTER_KEY);
  process.stdout.write(`${resealed} signing keys sealed anew\n`);
} finally {
  await database.close();
}
