export {
  createDatabase,
  Database,
  type DatabaseOptions,
  type IsolationLevel,
  type TransactionOptions,
  type Tx,
} from './database.js';
export { DatabaseModule } from './database.module.js';
export {
  isDatabaseUnavailable,
  isRecordNotFound,
  isTextRefused,
  isTransactionConflict,
  isUniqueViolation,
} from './errors.js';
export { bumpFleetVersion, readFleetVersion } from './fleet-version.js';
export { recordGateReport, toGateReport } from './gates/gate-reports.js';
export { findStandingVersion } from './gates/standing-version.js';
export { newId } from './ids.js';
export { recordWebhookEvent, recordWebhookTest, type Announcement } from './webhook-events/record.js';
export {
  applyMigrations,
  createMigration,
  MigrationError,
  migrationStatus,
  schemaDrift,
  type MigrationStatus,
} from './migrations/migrations.js';
export { SigningKeysRepository, type StoredSigningKey } from './signing-keys/signing-keys.repository.js';
export { announceObject, isObjectRemoved } from './objects/object-marks.js';
export { Prisma } from './generated/prisma/client.js';
