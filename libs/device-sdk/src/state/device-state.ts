import {
  digestSchema,
  flattenedJwsSchema,
  MANIFEST_TYPE,
  reportPhaseSchema,
  reportSchema,
  trustRootSchema,
} from '@kernelcast/contracts';
import { z } from 'zod';

/** What enrolment gave, and the device's own key. Secret. */
export const identitySchema = z.object({
  server: z.url(),
  deviceId: z.string(),
  credential: z.string(),
  credentialExpiresAt: z.iso.datetime(),
  trustRoot: trustRootSchema,
  key: z.object({ kid: z.string(), publicKey: z.string(), privateKeyPkcs8: z.base64url() }),
});
export type Identity = z.infer<typeof identitySchema>;

/** A modulator that proved itself on this device. */
const installedSchema = z.object({
  digest: digestSchema,
  version: z.int(),
  /** Bytes that came over the network for it; 0 when they were still there. */
  downloadedBytes: z.int(),
  /** Folding and switching, in milliseconds. */
  swapMs: z.number(),
});
export type Installed = z.infer<typeof installedSchema>;

const slotStateSchema = z.object({
  task: z.string(),
  /** What runs; absent until a first modulator has proved itself. */
  current: installedSchema.nullable(),
  /** What ran before, kept to fall back on. */
  previous: installedSchema.nullable(),
  /** The latest attempt, and what became of it. */
  attempt: z.object({
    digest: digestSchema,
    version: z.int(),
    phase: reportPhaseSchema,
    code: z.string().nullable(),
  }),
});
export type SlotState = z.infer<typeof slotStateSchema>;

const acceptedManifestSchema = z.object({
  jws: flattenedJwsSchema,
  /** The ETag to poll with: the digest of its payload. */
  digest: digestSchema,
});

/** Everything that changes while a device runs. Written as one document, so that no part is ahead of another. */
export const deviceStateSchema = z.object({
  format: z.literal('kernelcast.device-state/1'),
  /** The highest manifest version accepted, for ever. */
  acceptedVersion: z.int().nonnegative(),
  manifest: acceptedManifestSchema.nullable(),
  /** Why the last manifest was refused; null when it was accepted. */
  manifestFault: z.string().nullable(),
  slots: z.record(z.string(), slotStateSchema),
  reports: z.object({ nextSeq: z.int().positive(), pending: z.array(reportSchema) }),
});
export type DeviceState = z.infer<typeof deviceStateSchema>;

/** Slot name under which refusals of the manifest itself are reported; no task's name can be that. */
export const MANIFEST_SLOT = MANIFEST_TYPE;

export const emptyState = (): DeviceState => ({
  format: 'kernelcast.device-state/1',
  acceptedVersion: 0,
  manifest: null,
  manifestFault: null,
  slots: {},
  reports: { nextSeq: 1, pending: [] },
});
