import {
  deviceIdShape,
  digestShape,
  flattenedJwsShape,
  manifestSlotShape,
  publicKeyShape,
  reportShape,
  timestampShape,
  trustRootShape,
} from '@kernelcast/contracts';
import * as z from 'zod/mini';

const count = z.int().check(z.gte(0));
const quantity = z.number().check(z.gte(0));

/** The device's own key pair. */
export const deviceKeySchema = z.object({
  kid: z.string(),
  publicKey: publicKeyShape,
  /** PKCS #8 DER in base64. */
  privateKey: z.string(),
});
export type DeviceKey = z.infer<typeof deviceKeySchema>;

/** What enrolling fixed. */
export const deviceIdentitySchema = z.object({
  deviceId: deviceIdShape,
  /** The only group whose manifests it accepts; absent on a device that enrolled before it was told. */
  groupId: z.optional(z.string()),
  server: z.url({ protocol: /^https?$/ }),
  trustRoot: trustRootShape,
  baseDigests: z.array(digestShape),
  enrolledAt: timestampShape,
});
export type DeviceIdentity = z.infer<typeof deviceIdentitySchema>;

export const credentialDocumentSchema = z.object({ credential: z.string(), credentialExpiresAt: timestampShape });
export type CredentialDocument = z.infer<typeof credentialDocumentSchema>;

/** A version as it was activated; its statement makes it verifiable without a manifest. */
const installedVersionSchema = z.extend(z.omit(manifestSlotShape, { slot: true, deltas: true }), {
  baseDigest: digestShape,
  activatedAt: timestampShape,
  /** Bytes that this version cost on the wire: its blob, and its share of the manifest that announced it. */
  downloadedBytes: count,
  /** Folding the modulator into the base and switching to it. */
  swapMs: quantity,
});
export type InstalledVersion = z.infer<typeof installedVersionSchema>;

const installedSlotSchema = z.object({ current: installedVersionSchema, previous: z.nullable(installedVersionSchema) });
export type InstalledSlot = z.infer<typeof installedSlotSchema>;

const failureSchema = z.object({
  code: z.string(),
  detail: z.string(),
  attempts: z.int().check(z.gte(1)),
  retryAt: timestampShape,
});
export type Failure = z.infer<typeof failureSchema>;

/** Everything that changes while a device works, in one document so that each step is one write. */
export const deviceStateSchema = z.object({
  format: z.literal('kernelcast.device-state/1'),
  /** The highest manifest version ever accepted; a lower one is refused. */
  acceptedVersion: count,
  /** `issuedAt` of the newest manifest accepted: it cannot be earlier than this, whatever the clock says. */
  notBefore: z.nullable(timestampShape),
  /** What it was told to trust since it enrolled; null while that is what it learnt then. */
  trustRoot: z._default(z.nullable(trustRootShape), null),
  /** Group of the first manifest accepted, for a device that was not told when it enrolled; null until then. */
  group: z._default(z.nullable(z.string()), null),
  manifest: z.nullable(flattenedJwsShape),
  slots: z.record(z.string(), installedSlotSchema),
  /** By digest: what could not be activated and when to try again. */
  failures: z.record(z.string(), failureSchema),
  /** By digest: bytes received for versions that are not active yet: shares of manifests, and of the blob. */
  received: z.record(z.string(), z.object({ manifest: quantity, blob: quantity })),
  /** Blobs that no slot needs, oldest first, kept in case that they are wanted again. */
  retired: z._default(z.array(z.object({ digest: digestShape, size: count })), []),
  /** The last manifest refused, so that one refusal is reported once. */
  refusal: z.nullable(z.object({ code: z.string(), fingerprint: z.string() })),
  reports: z.object({ lastSeq: count, pending: z.array(reportShape) }),
});
export type DeviceState = z.infer<typeof deviceStateSchema>;

/** The state of a device that has never polled. */
export const initialState = (): DeviceState => ({
  format: 'kernelcast.device-state/1',
  acceptedVersion: 0,
  notBefore: null,
  trustRoot: null,
  group: null,
  manifest: null,
  slots: {},
  failures: {},
  received: {},
  retired: [],
  refusal: null,
  reports: { lastSeq: 0, pending: [] },
});
