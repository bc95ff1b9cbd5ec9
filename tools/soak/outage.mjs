// R2: polls and reports under load while Postgres is stopped and started again. Every poll must be answered, every
// acknowledged report be there once, and none that nobody sent.
//   npm run soak:outage [-- --seconds 60] [--devices 200] [--short]
import { mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { applyMigrations, createDatabase } from '@kernelcast/database';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import { print, table } from '../../apps/delivery/bench/polls/figures.mjs';
import { credentialsOf, fillFleet } from '../../apps/delivery/bench/polls/fleet.mjs';
import { startDelivery } from '../../apps/delivery/bench/polls/servers.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    devices: { type: 'string', default: '200' },
    short: { type: 'boolean', default: false },
  },
});
const outageMs = Number(options.seconds ?? (options.short ? 8 : 60)) * 1000;
const calmMs = options.short ? 2_000 : 10_000;
const count = Number(options.devices);
/** Between two requests of one device, milliseconds. */
const PACE = { poll: 100, report: 100 };

const phases = ['before', 'away', 'after'];
let phase = 'before';
const seen = Object.fromEntries(phases.map((name) => [name, { polls: 0, reports: 0, refused: 0, slowestMs: 0 }]));
const faults = [];
let isRunning = true;

const pause = (ms) => delay(ms * (0.5 + Math.random()));

async function pollForEver(url, authorization) {
  let etag;
  while (isRunning) {
    const current = seen[phase];
    const begun = performance.now();
    try {
      const headers = { authorization, ...(etag && { 'if-none-match': etag }) };
      const answer = await fetch(`${url}/device/v1/manifest`, { headers });
      await answer.arrayBuffer();
      if (answer.status !== 200 && answer.status !== 304) faults.push(`a poll was answered ${answer.status}`);
      etag = answer.headers.get('etag') ?? etag;
      current.polls++;
      current.slowestMs = Math.max(current.slowestMs, performance.now() - begun);
    } catch (error) {
      faults.push(`a poll was not answered: ${error}`);
    }
    await pause(PACE.poll);
  }
}

/** Sends a report until it is acknowledged, then the next, as a device does. */
async function reportForEver(url, authorization, device) {
  while (isRunning) {
    const report = { seq: device.acknowledged + 1, at: new Date().toISOString(), slot: 'soak', digest: null };
    const reports = [{ ...report, phase: 'active', code: null, detail: null, durations: {}, selfTest: null }];
    const headers = { authorization, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify({ reports }) };
    device.sent = report.seq;
    try {
      const answer = await fetch(`${url}/device/v1/reports`, init);
      const body = await answer.json();
      if (answer.status === 200) {
        device.acknowledged = body.acceptedThrough;
        seen[phase].reports++;
      } else if (answer.status === 503 && Number(answer.headers.get('retry-after')) > 0) seen[phase].refused++;
      else faults.push(`a report was answered ${answer.status} ${body.code}`);
    } catch (error) {
      faults.push(`a report was not answered: ${error}`);
    }
    await pause(PACE.report);
  }
}

/** Reports that are not there once for each that was acknowledged. */
async function compare(database, devices) {
  const rows = await database.prisma.report.groupBy({ by: ['deviceId'], _count: true, _max: { seq: true } });
  const byId = new Map(rows.map((row) => [row.deviceId, row]));
  for (const { id, acknowledged, sent } of devices) {
    const stored = byId.get(id)?._count ?? 0;
    const last = Number(byId.get(id)?._max.seq ?? 0);
    if (stored !== last || last < acknowledged || last > sent) {
      faults.push(`${id}: acknowledged to ${acknowledged}, sent to ${sent}, ${stored} stored, the last ${last}`);
    }
  }
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-outage-'));
const dataDir = path.join(folder, 'postgres');
let postgres = await startEmbeddedPostgres({ dataDir });
await applyMigrations(postgres.url);
await fillFleet(postgres.url, count);
const master = randomBytes(32);
const delivery = await startDelivery({
  master,
  folder,
  databaseUrl: postgres.url,
  environment: { LOG_LEVEL: 'fatal' },
});
const database = createDatabase(postgres.url);
try {
  const rows = await database.prisma.device.findMany({ select: { id: true } });
  const credentials = await credentialsOf(count, master);
  const idOf = (credential) => rows.find(({ id }) => credential.includes(id) || decoded(credential).includes(id))?.id;
  const devices = credentials.map((credential) => ({ id: idOf(credential), credential, acknowledged: 0, sent: 0 }));
  const work = devices.flatMap((device) => {
    const authorization = `Bearer ${device.credential}`;
    return [pollForEver(delivery.url, authorization), reportForEver(delivery.url, authorization, device)];
  });
  await delay(calmMs);
  phase = 'away';
  await postgres.stop();
  await delay(outageMs);
  postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port });
  phase = 'after';
  await delay(calmMs);
  isRunning = false;
  await Promise.all(work);
  await compare(database, devices);
} finally {
  isRunning = false;
  await delivery.stop();
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

function decoded(credential) {
  return credential
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString())
    .join(' ');
}

const cells = ({ polls, reports, refused, slowestMs }) => [polls, reports, refused, `${Math.round(slowestMs)} ms`];
print(
  table([
    ['Postgres', 'polls answered', 'reports acknowledged', 'told to come again', 'slowest poll'],
    ...phases.map((name) => [name, ...cells(seen[name])]),
  ]),
);
if (seen.after.reports === 0) faults.push('no report was taken after the outage');
if (seen.away.polls === 0) faults.push('no poll was answered during the outage');
print(faults.length === 0 ? 'Nothing acknowledged was lost, every poll was answered.' : faults.slice(0, 20).join('\n'));
process.exitCode = faults.length === 0 ? 0 : 1;
