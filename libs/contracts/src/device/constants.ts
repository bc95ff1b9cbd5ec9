/** What both ends of the device API agree on beside shapes; free of schemas, as a device bundles it. */
export const MANIFEST_TYPE = 'kernelcast.manifest/1';
export const STATEMENT_TYPE = 'kernelcast.statement/1';
export const TRUST_ROOT_TYPE = 'kernelcast.trust-root/1';
/** A manifest names at most this many slots, and this many deltas of each; a device refuses more. */
export const MAX_SLOTS = 256;
export const MAX_DELTAS = 16;
/** Keys of a trust root, and signatures below one. */
export const MAX_TRUSTED_KEYS = 16;
/** Characters of a group's id in a manifest. */
export const MAX_GROUP_LENGTH = 64;
export const MAX_REPORTS_PER_REQUEST = 200;
/** Durations of one report, so that a device cannot make the server keep what it likes; each in milliseconds. */
export const MAX_DURATIONS = 16;
export const MAX_DURATION_MS = 1e9;
export const MAX_LONG_POLL_SECONDS = 60;
/** Header that tells a device when to poll again; never part of the signed body. */
export const POLL_AFTER_HEADER = 'kernelcast-poll-after';
/** The device signs the UTF-8 bytes of `kernelcast.credential/1:<deviceId>:<nonce>`. */
export const CREDENTIAL_CHALLENGE_PREFIX = 'kernelcast.credential/1';

export const DEVICE_PATHS = {
  enrol: '/device/v1/enrol',
  createNonce: '/device/v1/nonce',
  renewCredential: '/device/v1/credential',
  getManifest: '/device/v1/manifest',
  getBlob: '/device/v1/blobs/{digest}',
  report: '/device/v1/reports',
} as const;
