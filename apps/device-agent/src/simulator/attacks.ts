import { createHash } from 'node:crypto';
import type { Digest } from '@kernelcast/contracts';
import type { DeviceApi, EnrolmentOrder } from './device-api.js';
import type { DeviceKeys } from './device-keys.js';
import type { FleetTable } from './fleet-table.js';
import { LineError } from './http-line.js';
import type { Meters } from './meters.js';

interface AttackParts {
  readonly table: FleetTable;
  readonly api: DeviceApi;
  readonly keys: DeviceKeys;
  readonly meters: Meters;
  readonly order: (device: number) => EnrolmentOrder;
}

/** Any answer's length; an attack's answer is looked at, not kept. */
const LIMIT = 1_048_576;

interface Attack {
  readonly name: string;
  /** The code it must be refused with; undefined when it must be answered, and change nothing. */
  readonly refusedWith: string | undefined;
  /** @returns whether the answer gave nothing away, for one that is not refused */
  readonly attempt: (parts: AttackParts, device: number) => Promise<boolean>;
}

/** What a malicious device tries in turn, and what must come of it. */
const ATTACKS: readonly Attack[] = [
  {
    name: 'credential with another MAC',
    refusedWith: 'credential_invalid',
    attempt: async ({ api, table }, device) => poll(api, tampered(table.credential(device))),
  },
  {
    name: 'credential of another epoch',
    refusedWith: 'credential_invalid',
    attempt: async ({ api, table }, device) => poll(api, table.credential(device).replace(/\.(\d+)\./, '.9$1.')),
  },
  {
    name: 'blob that no manifest names',
    refusedWith: 'blob_not_found',
    attempt: async ({ api, table }, device) => {
      const digest: Digest = `sha256:${createHash('sha256').update(`foreign:${device}`).digest('hex')}`;
      await api.blob(table.credential(device), digest, LIMIT);
      return false;
    },
  },
  {
    name: 'report sent again',
    refusedWith: undefined,
    attempt: async ({ api, table }, device) => {
      const report = { seq: 1, at: new Date().toISOString(), slot: 'replayed', digest: null, phase: 'failed', code: 'replayed', detail: null, durations: {}, selfTest: null } as const; // prettier-ignore
      const before = (table.lastSeq[device] ?? 0) - (table.pending.get(device)?.length ?? 0);
      // Only a number that the server has already: a new one would be a true report.
      if (before < 1) return true;
      return (await api.report(table.credential(device), [report], 'attack')) === before;
    },
  },
  {
    name: 'renewal signed by another key',
    refusedWith: 'signature_invalid',
    attempt: async ({ api, table, keys }, device) => {
      const nonce = await api.nonce('attack');
      await api.renew(table.deviceId(device), nonce, keys.signer(device + table.size), 'attack');
      return false;
    },
  },
  {
    name: 'renewal with a nonce used before',
    refusedWith: 'nonce_invalid',
    attempt: async ({ api, table, keys }, device) => {
      const nonce = await api.nonce('attack');
      const id = table.deviceId(device);
      const { credential, credentialExpiresAt } = await api.renew(id, nonce, keys.signer(device), 'attack');
      table.setCredential(device, credential, Date.parse(credentialExpiresAt));
      await api.renew(id, nonce, keys.signer(device), 'attack');
      return false;
    },
  },
  {
    name: 'enrolment with an invented token',
    refusedWith: 'enrolment_token_invalid',
    attempt: async ({ api, order }, device) => {
      await api.enrol({ ...order(device), enrolmentToken: `invented-${device}` }, 'attack');
      return false;
    },
  },
];

/** Tries one attack and counts what came of it. @throws LineError when the server could not be asked */
export async function attack(parts: AttackParts, device: number, turn: number): Promise<void> {
  const { name, refusedWith, attempt } = ATTACKS[turn % ATTACKS.length] as Attack;
  const { repelled, breaches } = parts.meters;
  try {
    const harmless = await attempt(parts, device);
    (harmless ? repelled : breaches).add(name);
  } catch (error) {
    if (!(error instanceof LineError)) throw error;
    if (error.deferred || error.status === 0) throw error;
    if (error.code === refusedWith) repelled.add(name);
    else breaches.add(`${name}: ${error.code}`);
  }
}

async function poll(api: DeviceApi, credential: string): Promise<boolean> {
  await api.poll(credential, undefined, 'attack');
  return false;
}

/** Another last character that stands for other bits. */
function tampered(credential: string): string {
  const at = credential.length - 4;
  const other = credential[at] === 'A' ? 'B' : 'A';
  return credential.slice(0, at) + other + credential.slice(at + 1);
}
