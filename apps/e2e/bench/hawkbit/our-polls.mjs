// Idle polls of our devices: enrolled by the simulator, whose file has their credentials.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const AGENT = path.resolve(import.meta.dirname, '../../../device-agent/dist/main.js');
const POLL = '/device/v1/manifest';
const CREDENTIAL_AT = 2;
/** Enough for all to enrol; a bound of the run, not a wait. */
const ENROL_RATE = 100;

/** @returns requests of as many devices, each with its credential and the ETag it has */
export async function ourPolls({ deliveryUrl, token, devices, folder }) {
  const state = path.join(folder, 'fleet.jsonl');
  const minutes = (devices / ENROL_RATE + 10) / 60;
  const flags = { server: deliveryUrl, token, devices, minutes, 'enrol-rate': ENROL_RATE, state };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  await promisify(execFile)(process.execPath, ['--no-warnings', AGENT, 'simulate', '--no-live', ...args]);
  const [, ...rows] = (await readFile(state, 'utf8')).trimEnd().split('\n');
  const credentials = rows.map((row) => JSON.parse(row)[CREDENTIAL_AT]);
  if (credentials.length < devices) throw new Error(`${credentials.length} of ${devices} devices enrolled`);
  const headers = { authorization: `Bearer ${credentials[0]}` };
  const etag = (await fetch(deliveryUrl + POLL, { headers })).headers.get('etag');
  const { host } = new URL(deliveryUrl);
  return credentials.map(
    (credential) =>
      `GET ${POLL} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${credential}\r\nIf-None-Match: ${etag}\r\n\r\n`,
  );
}
