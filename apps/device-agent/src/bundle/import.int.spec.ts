import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleEntries, writeBundle } from '@kernelcast/artifact';
import type { BundleFiles } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { tempDir } from '@kernelcast/testing';
import type { TempDir } from '@kernelcast/testing';
import { runCli } from '../cli.js';
import { DeliveryServer } from '../testing/delivery-server.js';

let base: BaseNetwork;
let delivery: DeliveryServer;
let dir: TempDir;

beforeAll(async () => {
  await initInferenceBackend();
  ({ base } = await loadBuiltinBaseNetwork('resnet14-cifar10'));
});
beforeEach(async () => {
  delivery = await DeliveryServer.start();
  dir = tempDir('bundle');
  await cli('enrol', '--server', delivery.url, '--token', 'good', '--state', state());
});
afterEach(() => {
  delivery.stop();
  dir.remove();
});

const state = (): string => path.join(dir.path, 'state');
const tar = (): string => path.join(dir.path, 'bundle.tar');

async function cli(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const run = { code: -1, out: '', err: '' };
  const stdout = (text: string): void => void (run.out += text);
  const stderr = (text: string): void => void (run.err += text);
  run.code = await runCli(args, { stdout, stderr, signal: new AbortController().signal });
  return run;
}

interface Imported {
  outcome: string;
  refusal: { code: string } | null;
  pendingReports: number;
  slots: { slot: string; phase: string; failure: { code: string } | null }[];
}
async function importFrom(where: string): Promise<{ code: number; err: string; result: Imported | undefined }> {
  const { code, out, err } = await cli('import', where, '--state', state(), '--json');
  return { code, err, result: out === '' ? undefined : (JSON.parse(out) as Imported) };
}
function write(files: BundleFiles): string {
  writeFileSync(tar(), writeBundle(files, {}));
  return tar();
}

describe('kernelcast-device import', () => {
  it('activates without a server, and reports once there is one', async () => {
    await delivery.publish(base, { digits: ['one', 'two'], clothing: ['shirt', 'shoe'] });
    write(delivery.offer);
    delivery.refuseAll = true;
    const { code, result } = await importFrom(tar());
    expect(code).toBe(0);
    expect(result?.outcome).toBe('accepted');
    expect(result?.slots.map(({ slot, phase }) => [slot, phase])).toEqual([
      ['clothing', 'active'],
      ['digits', 'active'],
    ]);
    expect(result?.pendingReports).toBeGreaterThan(0);
    expect(delivery.reports).toEqual([]);
    expect((await importFrom(tar())).result?.outcome).toBe('unchanged');
    delivery.refuseAll = false;
    expect((await cli('run', '--once', '--state', state())).code).toBe(0);
    expect(delivery.reports.filter(({ phase }) => phase === 'active').map(({ slot }) => slot)).toEqual([
      'digits',
      'clothing',
    ]);
  });

  it('takes a folder too, and leaves alone what else lies there', async () => {
    await delivery.publish(base, { digits: ['one', 'two'] });
    const folder = path.join(dir.path, 'stick');
    for (const [name, bytes] of bundleEntries(delivery.offer, {})) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    }
    writeFileSync(path.join(folder, 'holiday.jpg'), 'a picture');
    symlinkSync('/etc/hostname', path.join(folder, 'blobs', 'link'));
    expect((await importFrom(folder)).code).toBe(0);
  });

  it('keeps what runs when the bundle is older, expired, tampered with or of other keys', async () => {
    await delivery.publish(base, { digits: ['one', 'two'] });
    const old = delivery.offer;
    await delivery.publish(base, { digits: ['one', 'two', 'three'] });
    const first = await importFrom(write(delivery.offer));
    expect(first.code).toBe(0);
    const refusals: string[] = [];
    const attempt = async (files: BundleFiles): Promise<void> => {
      const { code, result } = await importFrom(write(files));
      expect(code).toBe(1);
      expect(result?.slots).toEqual(first.result?.slots);
      refusals.push(result?.refusal?.code ?? 'none');
    };
    await attempt(old);
    await delivery.publish(base, { digits: ['x', 'y'] }, undefined, -1);
    await attempt(delivery.offer);
    const { payload, ...rest } = JSON.parse(new TextDecoder().decode(old.manifest)) as { payload: string };
    const forged = { ...rest, payload: `${payload.slice(0, -8)}AAAAAAAA` };
    await attempt({ ...old, manifest: new TextEncoder().encode(JSON.stringify(forged)) });
    const other = await DeliveryServer.start();
    await other.publish(base, { digits: ['a', 'b'] });
    await attempt(other.offer);
    other.stop();
    await attempt({ ...old, manifest: new TextEncoder().encode('no JSON') });
    expect(refusals).toEqual([
      'manifest_downgraded',
      'manifest_expired',
      'signature_invalid',
      'key_unknown',
      'manifest_malformed',
    ]);
  });

  it('activates nothing from blobs that are missing, exchanged or altered', async () => {
    await delivery.publish(base, { digits: ['one', 'two'], clothing: ['shirt', 'shoe'] });
    const { manifest, blobs } = delivery.offer;
    const [[one, oneBytes], [two]] = [...blobs] as [[`sha256:${string}`, Uint8Array], [`sha256:${string}`, Uint8Array]];
    const { code, result } = await importFrom(write({ manifest, blobs: new Map([[two, oneBytes]]) }));
    expect(code).toBe(1);
    expect([one, two]).toHaveLength(2);
    expect(result?.slots.map(({ slot, phase, failure }) => [slot, phase, failure?.code])).toEqual([
      ['clothing', 'failed', 'blob_tampered'],
      ['digits', 'failed', 'download_failed'],
    ]);
  });

  it.each<[string, () => Uint8Array]>([
    ['is cut off', () => writeBundle(delivery.offer, {}).subarray(0, 3_000)],
    ['is something else', () => new TextEncoder().encode('no archive')],
  ])('refuses a file that %s', async (_, bytes) => {
    await delivery.publish(base, { digits: ['one', 'two'] });
    writeFileSync(tar(), bytes());
    expect(await importFrom(tar())).toMatchObject({ code: 1, err: expect.stringContaining('(artifact_invalid)') });
  });
});
