import { credentialResponseShape, DEVICE_PATHS, nonceResponseShape } from '@kernelcast/contracts';
import { importSigner, signChallenge } from '@kernelcast/trust';
import type * as z from 'zod/mini';
import { DeviceError } from '../device.errors.js';
import { credentialDocumentSchema } from '../state/device-state.schema.js';
import type { CredentialDocument, DeviceKey } from '../state/device-state.schema.js';
import { readFirst } from '../state/read-first.js';
import type { StateStore } from '../state/state-store.js';
import { fromBase64 } from './base64.js';
import { readJson, sendRequest } from './http.js';
import type { Fetch } from './http.js';

/** A credential is renewed when it has less than this left, so that a device that polls daily never shows an old one. */
const RENEW_BEFORE_MS = 24 * 3_600_000;
/**
 * Renewals that only the device's own clock asks for are this far apart: a clock that runs ahead makes every credential
 * look old, and must not make three requests of each.
 */
const RENEWAL_PAUSE_MS = 3_600_000;
const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;

export interface CredentialOptions {
  readonly fetch: Fetch;
  readonly server: string;
  readonly deviceId: string;
  readonly key: DeviceKey;
  readonly store: StateStore;
  readonly now: () => Date;
}

/** The device's credential, renewed by the device's key when it is about to expire or was lost. */
export class Credentials {
  private held: CredentialDocument | undefined;
  /** By a clock that nobody sets, milliseconds. */
  private triedAt = -Infinity;
  private renewing: Promise<string> | undefined;

  constructor(private readonly options: CredentialOptions) {}

  /** A credential that is valid as far as the device's clock tells. */
  async current(signal?: AbortSignal): Promise<string> {
    this.held ??= await readFirst(this.options.store, 'credential', credentialDocumentSchema);
    const left = Date.parse(this.held?.credentialExpiresAt ?? '') - this.options.now().getTime();
    if (this.held !== undefined && left > RENEW_BEFORE_MS) return this.held.credential;
    const elapsed = performance.now() - this.triedAt;
    if (this.held !== undefined && elapsed < RENEWAL_PAUSE_MS) return this.held.credential;
    try {
      return await this.renew(signal);
    } catch (error) {
      // It may still be good: only the server's clock decides.
      if (this.held !== undefined && left > 0) return this.held.credential;
      throw error;
    }
  }

  /**
   * Proves possession of the device's key over a nonce of the server, for a new credential.
   * @throws ServerError such as `credential_revoked`; DeviceError `network_unreachable` or `response_invalid`
   */
  renew(signal?: AbortSignal): Promise<string> {
    this.triedAt = performance.now();
    this.renewing ??= this.request(signal).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  private async request(signal?: AbortSignal): Promise<string> {
    const { deviceId, key, store } = this.options;
    const { nonce } = await this.post(DEVICE_PATHS.createNonce, {}, nonceResponseShape, signal);
    const signer = await importSigner({ kid: key.kid, privateKeyPkcs8: fromBase64(key.privateKey) });
    const answer = { deviceId, nonce, signature: await signChallenge({ deviceId, nonce }, signer) };
    this.held = await this.post(DEVICE_PATHS.renewCredential, answer, credentialResponseShape, signal);
    // Without room to keep it, the next start renews again.
    await store.writeDocument('credential', this.held).catch(() => undefined);
    return this.held.credential;
  }

  private async post<T>(path: string, json: object, schema: z.ZodMiniType<T>, signal?: AbortSignal): Promise<T> {
    const { fetch, server } = this.options;
    const request = { url: server + path, method: 'POST' as const, json, signal, timeoutMs: TIMEOUT_MS };
    const parsed = schema.safeParse(await readJson(await sendRequest(fetch, request), MAX_ANSWER_BYTES, signal));
    if (parsed.success) return parsed.data;
    throw new DeviceError('response_invalid', `${path} answered something else`, { cause: parsed.error });
  }
}
