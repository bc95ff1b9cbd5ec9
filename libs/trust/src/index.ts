export { signChallenge, verifyChallenge } from './challenge/challenge.js';
export type { Challenge } from './challenge/challenge.js';
export { MAX_JWS_LENGTH, signJws, verifyJws } from './jws/jws.js';
export type { VerifiedJws } from './jws/jws.js';
export { generateSigningKey, importSigner, keyIdOf, signBytes, verifyBytes } from './keys/signing-key.js';
export type { RemoteSigner, Signer, SigningKey } from './keys/signing-key.js';
export { keysFor } from './keys/trust-root.js';
export type { KeyRole, TrustedKey } from './keys/trust-root.js';
export { newerTrustRoot, signTrustRoot } from './manifest/trust-root-document.js';
export {
  CLOCK_TOLERANCE_MS,
  manifestDigest,
  offeredTrustRoot,
  signManifest,
  verifyManifest,
} from './manifest/manifest.js';
export type { ManifestExpectations, VerifiedManifest } from './manifest/manifest.js';
export { signStatement, verifyStatement } from './manifest/statement.js';
export type { StatementClaims } from './manifest/statement.js';
export { TRUST_ERROR_CODES, TrustError } from './trust.error.js';
export type { TrustErrorCode } from './trust.error.js';
