import { decodeModulator, digestOf, labelsDigest } from '@kernelcast/artifact';
import type { Digest, ModulatorArtifact } from '@kernelcast/artifact';
import type { FlattenedJws, TrustRoot } from '@kernelcast/contracts';
import { verifyStatement } from '@kernelcast/trust';
import { DeviceError } from '../device.errors.js';

/** What a manifest, or the record of an earlier activation, says about a modulator. */
export interface ModulatorClaims {
  readonly digest: Digest;
  readonly size: number;
  readonly baseDigest: Digest;
  readonly task: string;
  readonly modulatorVersion: number;
  readonly encoding: ModulatorArtifact['encoding'];
  readonly labelsDigest: Digest;
  readonly statement: FlattenedJws;
}

/**
 * Decides whether bytes are the modulator that was promised: its digest, a release key's statement about digest, base,
 * task and version, the file's own format, and that the file says the same as the claims.
 *
 * @throws DeviceError `blob_tampered`, `statement_mismatch`, `base_mismatch` or `labels_mismatch`
 * @throws TrustError `key_unknown`, `signature_invalid`, `jws_malformed` or `statement_mismatch`
 * @throws ArtifactError `artifact_invalid`
 */
export async function verifyModulator(
  bytes: Uint8Array,
  claims: ModulatorClaims,
  root: TrustRoot,
): Promise<ModulatorArtifact> {
  const { digest, size, baseDigest, task, modulatorVersion } = claims;
  if (bytes.byteLength !== size || (await digestOf(bytes)) !== digest) {
    throw new DeviceError('blob_tampered', `the bytes held are not ${digest}`);
  }
  await verifyStatement(claims.statement, root, {
    modulatorDigest: digest,
    baseDigest,
    task,
    version: modulatorVersion,
  });
  const artifact = decodeModulator(bytes);
  if (artifact.baseDigest !== baseDigest) {
    throw new DeviceError('base_mismatch', `the modulator is for the base ${artifact.baseDigest}`);
  }
  if (artifact.task !== task) {
    throw new DeviceError('statement_mismatch', `the modulator is for the task '${artifact.task}', not '${task}'`);
  }
  if (artifact.encoding !== claims.encoding) {
    throw new DeviceError('statement_mismatch', `the encoding is ${artifact.encoding}, not ${claims.encoding}`);
  }
  if ((await labelsDigest(artifact.labels)) !== claims.labelsDigest) {
    throw new DeviceError('labels_mismatch', 'the labels are not those that were announced');
  }
  return artifact;
}
