import { issueCredential } from '@kernelcast/trust/node';
import type { CredentialKey } from '@kernelcast/trust/node';
import { digestOfDigit } from './fleet.factory.js';

const HOUR_MS = 3_600_000;
const STRANGE_KEY = Buffer.alloc(32, 7);

/** What an attacker knows: a device's credential, and another device's; and what only the service knows. */
export interface CredentialSituation {
  readonly deviceId: string;
  readonly credential: string;
  readonly otherId: string;
  readonly key: CredentialKey;
}

const part = (credential: string, index: number, value: string): string =>
  credential.split('.').with(index, value).join('.');
const inHours = (hours: number): Date => new Date(Date.now() + hours * HOUR_MS);
const seconds = (date: Date): string => String(Math.floor(date.getTime() / 1000));

/** An attack, its code, and the credential that is shown. */
export const CREDENTIAL_ATTACKS: readonly [string, string, (known: CredentialSituation) => string][] = [
  ['none', 'credential_invalid', () => ''],
  ['no credential at all', 'credential_invalid', () => 'rubbish'],
  ['another device’s id in it', 'credential_invalid', (known) => part(known.credential, 1, known.otherId)],
  ['a later epoch in it', 'credential_invalid', ({ credential }) => part(credential, 2, '2')],
  ['its expiry extended', 'credential_invalid', ({ credential }) => part(credential, 3, seconds(inHours(9999)))],
  ['a bit flipped in its code', 'credential_invalid', ({ credential }) => flippedCode(credential)],
  ['its code cut off', 'credential_invalid', ({ credential }) => credential.slice(0, -1)],
  ['an expiry with a leading zero', 'credential_invalid', ({ credential }) => credential.replace(/\.(\d+)\.([^.]+)$/, '.0$1.$2')],
  ['signed with a key that is not the service’s', 'credential_invalid', ({ deviceId }) => issueCredential({ deviceId, epoch: 1, expiresAt: inHours(1) }, STRANGE_KEY)],
  ['genuine, of a device that does not exist', 'credential_invalid', ({ key }) => issueCredential({ deviceId: 'dev_ghost', epoch: 1, expiresAt: inHours(1) }, key)],
  ['genuine, expired', 'credential_expired', ({ deviceId, key }) => issueCredential({ deviceId, epoch: 1, expiresAt: inHours(-1) }, key)],
  ['genuine, of an epoch before a revocation', 'credential_revoked', ({ deviceId, key }) => issueCredential({ deviceId, epoch: 0, expiresAt: inHours(1) }, key)],
]; // prettier-ignore

function flippedCode(credential: string): string {
  const code = Buffer.from(credential.split('.')[4] ?? '', 'base64url');
  code[0] = (code[0] ?? 0) ^ 1;
  return part(credential, 4, code.toString('base64url'));
}

const report = {
  seq: 3,
  at: '2026-01-01T00:00:00Z',
  slot: 'digits',
  digest: digestOfDigit('1'),
  phase: 'active',
  code: null,
  detail: null,
  durations: {},
  selfTest: null,
};
/** What the device has said before it is attacked: 1 and 2. */
export const HONEST_REPORTS = [
  { ...report, seq: 1, phase: 'downloading' },
  { ...report, seq: 2 },
];

/** An attack, what the service answers, and the body. Nothing of any is stored. */
export const REPORT_ATTACKS: readonly [string, string, object][] = [
  ['replayed as it was', 'acknowledged, no effect', { reports: HONEST_REPORTS }],
  ['replayed with another content', 'acknowledged, no effect', { reports: [{ ...report, seq: 2, phase: 'failed', code: 'golden_mismatch' }] }],
  ['older than what is known', 'acknowledged, no effect', { reports: [{ ...report, seq: 1, phase: 'reverted' }] }],
  ['in the name of another device', 'validation_failed', { reports: [report], deviceId: `dev_${'0'.repeat(26)}` }],
  ['more than a request may hold', 'validation_failed', { reports: Array.from({ length: 201 }, (_, i) => ({ ...report, seq: 3 + i })) }],
  ['none', 'validation_failed', { reports: [] }],
  ['of sequence number 0', 'validation_failed', { reports: [{ ...report, seq: 0 }] }],
  ['of a phase that there is not', 'validation_failed', { reports: [{ ...report, phase: 'perfect' }] }],
  ['of a digest that is none', 'validation_failed', { reports: [{ ...report, digest: 'sha256:1' }] }],
  ['with a text that the database cannot keep', 'validation_failed', { reports: [{ ...report, detail: 'a\0b' }] }],
  ['with an error that is no number', 'validation_failed', { reports: [{ ...report, selfTest: { passed: true, maxError: '0' } }] }],
]; // prettier-ignore
