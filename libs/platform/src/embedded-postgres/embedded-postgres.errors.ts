export type EmbeddedPostgresErrorCode =
  'postgres_not_available' | 'postgres_init_failed' | 'postgres_start_failed' | 'postgres_already_running';

/** The embedded database could not be made or started. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
    this.code = code;
  }
}
