/** Tables of the database with columns of theirs. */
export type Columns = Readonly<Record<string, readonly string[]>>;

/** Columns that hold the digest of a blob in the object store: while a row names it, it stays. */
export const BLOB_COLUMNS: Columns = {
  base_networks: ['graph_digest', 'weights_digest', 'start_digest'],
  dataset_versions: ['digest', 'preview_digest'],
  modulator_deltas: ['digest'],
  modulator_versions: ['digest', 'predictions_digest'],
};

/** Columns that hold the key of another object, by the first segment of such keys. */
export const KEY_COLUMNS: Readonly<Record<string, Columns>> = {
  checkpoints: { job_checkpoints: ['key'] },
  uploads: { dataset_upload_parts: ['key'] },
};

/**
 * Columns whose names sound as if they held one, and that do not: digests of what is not stored as such, keys of other
 * kinds. A spec fails for a column that is in none of these lists.
 */
export const NO_OBJECT_COLUMNS: Columns = {
  // Of graph and weights together; each is a blob of its own.
  base_networks: ['digest'],
  // Of the bytes as they came; what is kept is another archive.
  dataset_versions: ['source_digest'],
  dataset_uploads: ['digest'],
  // What devices say they hold.
  devices: ['public_key', 'base_digests'],
  device_attributes: ['key'],
  device_slots: ['digest'],
  reports: ['digest'],
  garbage_candidates: ['key'],
  idempotency_keys: ['key'],
  login_throttles: ['key'],
  signing_keys: ['public_key', 'sealed_private_key'],
  webhooks: ['public_key'],
};
