import {
  digestSchema,
  flattenedJwsSchema,
  idSchema,
  manifestSlotSchema,
  publicKeySchema,
  reportSchema,
  timestampSchema,
  trustRootSchema,
} from '@kernelcast/contracts';
import { z } from 'zod';

/** The device's own key pair. */
export const deviceKeySchema = z.object({
  kid: z.string(),
  publicKey: publicKeySchema,
  /** PKCS #8 DER in base64. */
  privateKey: z.string(),
});
export type DeviceKey = z.infer<typeof deviceKeySchema>;

/** What enrolling fixed. */
export const deviceIdentitySchema = z.object({
  deviceId: idSchema('device'),
  /** The only group whose manifests it accepts; absent on a device that enrolled before it was told. */
  groupId: z.string().optional(),
  server: z.url({ protocol: /^https?$/ }),
  trustRoot: trustRootSchema,
  baseDigests: z.array(digestSchema),
  enrolledAt: timestampSchema,
});
export type DeviceIdentity = z.infer<typeof deviceIdentitySchema>;

export const credentialDocumentSchema = z.object({ credential: z.string(), credentialExpiresAt: timestampSchema });
export type CredentialDocument = z.infer<typeof credentialDocumentSchema>;

/** A version as it was activated; its statement makes it verifiable without a manifest. */
const installedVersionSchema = manifestSlotSchema.omit({ slot: true, deltas: true }).extend({
  baseDigest: digestSchema,
  activatedAt: timestampSchema,
  /** Bytes that this version cost on the wire: its blob, and its share of the manifest that announced it. */
  downloadedBytes: z.int().nonnegative(),
  /** Folding the modulator into the base and switching to it. */
  swapMs: z.number().nonnegative(),
});
export type InstalledVersion = z.infer<typeof installedVersionSchema>;

const installedSlotSchema = z.object({ current: installedVersionSchema, previous: installedVersionSchema.nullable() });
export type InstalledSlot = z.infer<typeof installedSlotSchema>;

const failureSchema = z.object({
  code: z.string(),
  detail: z.string(),
  attempts: z.int().positive(),
  retryAt: timestampSchema,
});
export type Failure = z.infer<typeof failureSchema>;

/** Everything that changes while a device works, in one document so that each step is one write. */
export const deviceStateSchema = z.object({
  format: z.literal('kernelcast.device-state/1'),
  /** The highest manifest version ever accepted; a lower one is refused. */
  acceptedVersion: z.int().nonnegative(),
  /** `issuedAt` of the newest manifest accepted: it cannot be earlier than this, whatever the clock says. */
  notBefore: timestampSchema.nullable(),
  /** What it was told to trust since it enrolled; null while that is what it learnt then. */
  trustRoot: trustRootSchema.nullable().default(null),
  /** Group of the first manifest accepted, for a device that was not told when it enrolled; null until then. */
  group: z.string().nullable().default(null),
  manifest: flattenedJwsSchema.nullable(),
  slots: z.record(z.string(), installedSlotSchema),
  /** By digest: what could not be activated and when to try again. */
  failures: z.record(z.string(), failureSchema),
  /** By digest: bytes received for versions that are not active yet: shares of manifests, and of the blob. */
  received: z.record(z.string(), z.object({ manifest: z.number().nonnegative(), blob: z.number().nonnegative() })),
  /** The last manifest refused, so that one refusal is reported once. */
  refusal: z.object({ code: z.string(), fingerprint: z.string() }).nullable(),
  reports: z.object({ lastSeq: z.int().nonnegative(), pending: z.array(reportSchema) }),
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
  refusal: null,
  reports: { lastSeq: 0, pending: [] },
});
