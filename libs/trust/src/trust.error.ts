/** Every reason to refuse; stable, so that reports and dashboards may count them. */
export const TRUST_ERROR_CODES = [
  'signature_invalid',
  'key_unknown',
  'jws_malformed',
  'manifest_malformed',
  'manifest_expired',
  'manifest_downgraded',
  'group_mismatch',
  'cohort_mismatch',
  'base_mismatch',
  'statement_mismatch',
  'credential_invalid',
  'credential_expired',
  'seal_invalid',
  'order_invalid',
] as const;

export type TrustErrorCode = (typeof TRUST_ERROR_CODES)[number];

/** Something signed or sealed that must not be acted on. Permanent: the same input is refused again. */
export class TrustError extends Error {
  constructor(
    readonly code: TrustErrorCode,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'TrustError';
  }
}
