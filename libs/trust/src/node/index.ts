export { issueCredential, verifyCredential } from './credential.js';
export type { CredentialClaims, CredentialKey } from './credential.js';
export { openSecret, sealSecret } from './seal.js';
export { openOrder, sealOrder } from './sealed-order.js';
