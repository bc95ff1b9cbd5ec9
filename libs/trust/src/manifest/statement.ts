import { STATEMENT_TYPE, statementShape } from '@kernelcast/contracts';
import type { FlattenedJws, Statement, TrustRoot } from '@kernelcast/contracts';
import { signJws, verifyJws } from '../jws/jws.js';
import type { Signer } from '../keys/signing-key.js';
import { keysFor } from '../keys/trust-root.js';
import { TrustError } from '../trust.error.js';

/** What a statement vouches for: this modulator may serve this version of this task on this base. */
export type StatementClaims = Omit<Statement, 'type'>;

/** Signs a statement with the release key. */
export function signStatement(claims: StatementClaims, signer: Signer): Promise<FlattenedJws> {
  return signJws(statementShape.parse({ ...claims, type: STATEMENT_TYPE }), signer, STATEMENT_TYPE);
}

/**
 * Verifies that a release key vouches for exactly these claims.
 *
 * @throws TrustError `jws_malformed`, `key_unknown`, `signature_invalid`, or `statement_mismatch` when the statement
 *   is genuine and says something else.
 */
export async function verifyStatement(jws: unknown, root: TrustRoot, expected: StatementClaims): Promise<Statement> {
  const { json } = await verifyJws(jws, keysFor(root, 'release'), { typ: STATEMENT_TYPE });
  const parsed = statementShape.safeParse(json);
  if (!parsed.success) throw new TrustError('statement_mismatch', 'not a statement', { cause: parsed.error });
  const stated = parsed.data;
  const differing = CLAIMS.filter((claim) => stated[claim] !== expected[claim]);
  if (differing.length > 0) throw new TrustError('statement_mismatch', `it differs in ${differing.join(', ')}`);
  return stated;
}

const CLAIMS = ['modulatorDigest', 'baseDigest', 'task', 'version'] as const satisfies (keyof StatementClaims)[];
