import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EnrolRequest } from '@kernelcast/contracts';
import type { BaseNetwork } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { initInferenceBackend } from '@kernelcast/compute';
import { tempDir } from '@kernelcast/testing';
import type { TempDir } from '@kernelcast/testing';
import { runCli } from '../cli.js';
import { DeliveryServer } from '../testing/delivery-server.js';
import type { Summary } from './summary.js';

const DEVICES = 30;
let base: BaseNetwork;
let delivery: DeliveryServer;
let dir: TempDir;

beforeAll(async () => {
  await initInferenceBackend();
  ({ base } = await loadBuiltinBaseNetwork('resnet14-cifar10'));
});
beforeEach(async () => {
  delivery = await DeliveryServer.start();
  delivery.pollAfterSeconds = 1;
  await delivery.publish(base, { digits: ['one', 'two'] });
  dir = tempDir('simulator');
});
afterEach(() => {
  delivery.stop();
  dir.remove();
});

/** Simulates until `enough` says so. */
async function simulate(
  script: object,
  enough: () => boolean,
  ...more: string[]
): Promise<{ code: number; summary: Summary }> {
  // prettier-ignore
  const file = path.join(dir.path, 'script.json');
  writeFileSync(file, JSON.stringify(script));
  const stop = new AbortController();
  const timer = setInterval(() => enough() && stop.abort(), 20);
  let out = '';
  const context = { stdout: (text: string) => void (out += text), stderr: () => {}, signal: stop.signal };
  const flags = ['--devices', String(DEVICES), '--script', file, '--base', base.digest, '--json', '--minutes', '10'];
  const server = ['--server', delivery.url, '--token', 'good'];
  const code = await runCli(['simulate', ...server, ...flags, '--no-live', ...more], context);
  clearInterval(timer);
  return { code, summary: JSON.parse(out) as Summary };
}

const settled = (): number => delivery.reports.filter(({ phase }) => phase === 'active' || phase === 'failed').length;

describe('kernelcast-device simulate', () => {
  it('enrols every device with a key of its own, and each downloads, reports, and fails as scripted', async () => {
    delivery.busy = 3;
    const script = { seed: 3, shares: { slow: 0.2 }, slow: { bytesPerSecond: 1e9 }, failing: [{ task: 'digits', share: 0.4 }] }; // prettier-ignore
    const { code, summary } = await simulate(script, () => settled() === DEVICES);
    expect(code).toBe(0);
    const keys = (delivery.enrolments as EnrolRequest[]).map(({ publicKey }) => publicKey);
    expect(new Set(keys).size).toBe(DEVICES);
    expect(summary.devices).toEqual({ all: DEVICES, enrolled: DEVICES, revoked: 0 });
    const { active = 0, failed = 0 } = summary.activations;
    expect(active + failed).toBe(DEVICES);
    expect(failed).toBeGreaterThan(0);
    expect(summary.versions).toEqual({ 'digits/1': active });
    expect(delivery.reports.filter(({ code: why }) => why === 'golden_mismatch')).toHaveLength(failed);
    expect(summary.errors).toEqual({});
    expect(summary.deferred).toEqual({ http_503: 3 });
    expect(summary.bytes.blobs['full']).toBe(DEVICES * ([...delivery.blobs.values()][0]?.byteLength ?? 0));
  });

  it('goes on from its file with the same devices and all they had', async () => {
    const state = path.join(dir.path, 'fleet.jsonl');
    await simulate({}, () => settled() === DEVICES, '--state', state);
    expect(statSync(state).mode & 0o077).toBe(0);
    const reports = delivery.reports.length;
    let polls = 0;
    const { summary } = await simulate({}, () => polls++ > 60, '--state', state);
    expect(delivery.enrolments).toHaveLength(DEVICES);
    expect(delivery.reports).toHaveLength(reports);
    expect(summary.versions).toEqual({ 'digits/1': DEVICES });
    expect(Object.keys(summary.polls)).toEqual(['unchanged']);
  });

  it('follows to where blobs are, without showing its credential there', async () => {
    delivery.redirectBlobs = true;
    const { code, summary } = await simulate({}, () => settled() === DEVICES);
    expect(code).toBe(0);
    expect(summary.versions).toEqual({ 'digits/1': DEVICES });
    expect(delivery.seenElsewhere).toEqual(Array(DEVICES).fill(undefined));
  });

  it('counts a blob with other bytes as an error, and installs nothing', async () => {
    await delivery.publish(base, { digits: ['one', 'two', 'three'] }, 'digits');
    let looks = 0;
    const { code, summary } = await simulate({}, () => looks++ > 50);
    expect(code).toBe(1);
    expect(summary.errors['blob_tampered']).toBeGreaterThanOrEqual(DEVICES);
    expect(summary.versions).toEqual({});
  });
});
