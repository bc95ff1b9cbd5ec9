import type { Report } from '@kernelcast/contracts';

/** A credential of the longest kind that delivery services issue fits; a longer one is kept beside the table. */
const CREDENTIAL_BYTES = 144;
/** `dev_` and a ULID. */
const ID_BYTES = 30;
const NONE = -1;

/**
 * What the devices remember, packed: about 230 bytes a device, most of it the credential. What devices have in common
 * (manifests, what is installed, trust roots) is kept once and named by a number here.
 */
export class FleetTable {
  private readonly ids: Buffer;
  private readonly credentials: Buffer;
  private readonly credentialLengths: Uint16Array;
  private readonly longCredentials = new Map<number, string>();
  /** Unix milliseconds; 0 before enrolment. */
  readonly credentialExpiry: Float64Array;
  readonly renewedAt: Float64Array;
  /** Highest manifest version accepted. */
  readonly acceptedVersion: Float64Array;
  /** Of the manifest that holds; -1 before the first. */
  readonly manifest: Int32Array;
  readonly trustRoot: Int32Array;
  readonly group: Int32Array;
  /** What is installed. */
  readonly holding: Int32Array;
  /** Sequence number of the last report made. */
  readonly lastSeq: Uint32Array;
  readonly turns: Uint32Array;
  /** Failures in a row, for the backoff. */
  readonly failures: Uint8Array;
  readonly revoked: Uint8Array;
  /** Reports not acknowledged yet: of few devices at a time. */
  readonly pending = new Map<number, Report[]>();

  constructor(readonly size: number) {
    this.ids = Buffer.alloc(size * ID_BYTES);
    this.credentials = Buffer.alloc(size * CREDENTIAL_BYTES);
    this.credentialLengths = new Uint16Array(size);
    this.credentialExpiry = new Float64Array(size);
    this.renewedAt = new Float64Array(size);
    this.acceptedVersion = new Float64Array(size);
    this.manifest = new Int32Array(size).fill(NONE);
    this.trustRoot = new Int32Array(size).fill(NONE);
    this.group = new Int32Array(size).fill(NONE);
    this.holding = new Int32Array(size);
    this.lastSeq = new Uint32Array(size);
    this.turns = new Uint32Array(size);
    this.failures = new Uint8Array(size);
    this.revoked = new Uint8Array(size);
  }

  isEnrolled(device: number): boolean {
    return this.ids[device * ID_BYTES] !== 0;
  }

  deviceId(device: number): string {
    return this.ids.toString('latin1', device * ID_BYTES, (device + 1) * ID_BYTES);
  }

  /** @throws RangeError for an id of another length: a contract that changed. */
  setDeviceId(device: number, id: string): void {
    if (id.length !== ID_BYTES) throw new RangeError(`"${id}" is no device id`);
    this.ids.write(id, device * ID_BYTES, 'latin1');
  }

  credential(device: number): string {
    const start = device * CREDENTIAL_BYTES;
    const length = this.credentialLengths[device] ?? 0;
    return this.longCredentials.get(device) ?? this.credentials.toString('latin1', start, start + length);
  }

  setCredential(device: number, credential: string, expiresAt: number): void {
    this.credentialExpiry[device] = expiresAt;
    this.longCredentials.delete(device);
    this.credentialLengths[device] = credential.length;
    if (credential.length > CREDENTIAL_BYTES) this.longCredentials.set(device, credential);
    else this.credentials.write(credential, device * CREDENTIAL_BYTES, 'latin1');
  }
}
