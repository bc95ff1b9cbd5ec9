import { createHash } from 'node:crypto';

const DAY_MS = 86_400_000;
/** How long a device may act on a manifest. */
export const MANIFEST_LIFETIME_MS = 7 * DAY_MS;
/** A manifest is issued anew this often, so a device that polls always has half a lifetime left. */
export const REISSUE_PERIOD_MS = MANIFEST_LIFETIME_MS / 2;

export interface Validity {
  issuedAt: Date;
  expiresAt: Date;
  /** From here on the manifest is issued anew. */
  reissueAt: Date;
}

/**
 * The period a manifest issued now belongs to. Periods are a function of cohort and time alone, so every replica,
 * and one that was just started, signs byte-identical manifests: devices keep their ETag. Cohorts have different
 * phases, so a fleet does not fetch all its manifests anew at one moment.
 */
export function validityAt(cohort: string, now: Date): Validity {
  const phase = createHash('sha256').update(`reissue:${cohort}`).digest().readUInt32BE(0) % REISSUE_PERIOD_MS;
  const period = Math.floor((now.getTime() - phase) / REISSUE_PERIOD_MS);
  const issuedAt = phase + period * REISSUE_PERIOD_MS;
  return {
    issuedAt: new Date(issuedAt),
    expiresAt: new Date(issuedAt + MANIFEST_LIFETIME_MS),
    reissueAt: new Date(issuedAt + REISSUE_PERIOD_MS),
  };
}
