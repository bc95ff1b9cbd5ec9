import { DEVICE_PATHS, enrolResponseShape } from '@kernelcast/contracts';
import type { Digest } from '@kernelcast/artifact';
import { generateSigningKey } from '@kernelcast/trust';
import { DeviceError } from '../device.errors.js';
import { deviceIdentitySchema, deviceKeySchema } from '../state/device-state.schema.js';
import type { DeviceIdentity, DeviceKey } from '../state/device-state.schema.js';
import { readFirst } from '../state/read-first.js';
import type { StateStore } from '../state/state-store.js';
import { toBase64 } from './base64.js';
import { readJson, sendRequest } from './http.js';
import type { Fetch } from './http.js';

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 256 * 1024;

export interface EnrolOptions {
  /** Base URL of the delivery service. */
  readonly server: string;
  readonly enrolmentToken: string;
  /** Digests of the base networks the device holds. */
  readonly baseDigests: readonly Digest[];
  readonly attributes?: Readonly<Record<string, string>>;
  /** Name and version of the device's software, for people. */
  readonly runtime: string;
  readonly store: StateStore;
  readonly fetch?: Fetch;
  readonly now?: () => Date;
}

/**
 * Makes a device known to a server: with a key pair made here, whose private half never leaves the store.
 *
 * The key is stored before the request: when the answer is lost, the next attempt is by the same device.
 *
 * @throws DeviceError `already_enrolled`, `network_unreachable`, `response_invalid`, `disk_full` or `store_failed`
 * @throws ServerError such as `enrolment_token_invalid` or `base_not_supported`
 */
export async function enrolDevice(options: EnrolOptions): Promise<DeviceIdentity> {
  const { store, fetch = globalThis.fetch, now = () => new Date() } = options;
  const server = normaliseServer(options.server);
  const existing = await readFirst(store, 'identity', deviceIdentitySchema);
  if (existing)
    throw new DeviceError('already_enrolled', `enrolled already as ${existing.deviceId} at ${existing.server}`);
  const { publicKey } = await deviceKey(store);
  const json = {
    enrolmentToken: options.enrolmentToken,
    publicKey,
    attributes: options.attributes ?? {},
    baseDigests: options.baseDigests,
    runtime: options.runtime,
  };
  const url = server + DEVICE_PATHS.enrol;
  const response = await sendRequest(fetch, { url, method: 'POST', json, timeoutMs: TIMEOUT_MS });
  const parsed = enrolResponseShape.safeParse(await readJson(response, MAX_ANSWER_BYTES));
  if (!parsed.success) throw new DeviceError('response_invalid', 'not an enrolment', { cause: parsed.error });
  const { deviceId, groupId, trustRoot, credential, credentialExpiresAt } = parsed.data;
  const baseDigests = [...options.baseDigests];
  const identity = { deviceId, groupId, server, trustRoot, baseDigests, enrolledAt: now().toISOString() };
  await store.writeDocument('credential', { credential, credentialExpiresAt });
  await store.writeDocument('identity', identity);
  return identity;
}

/** The stored key pair, or a new one once it is stored. */
async function deviceKey(store: StateStore): Promise<DeviceKey> {
  const stored = await readFirst(store, 'key', deviceKeySchema);
  if (stored) return stored;
  const { kid, publicKey, privateKeyPkcs8 } = await generateSigningKey();
  const key = { kid, publicKey, privateKey: toBase64(privateKeyPkcs8) };
  await store.writeDocument('key', key);
  return key;
}

function normaliseServer(server: string): string {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new TypeError(`"${server}" is not an http or https address`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
