import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { initInferenceBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { tempDir, waitFor } from '@kernelcast/testing';
import type { TempDir } from '@kernelcast/testing';
import sharp from 'sharp';
import { runCli } from './cli.js';
import { DeliveryServer } from './testing/delivery-server.js';

let base: BaseNetwork;
let delivery: DeliveryServer;
let dir: TempDir;
let state: string;

beforeAll(async () => {
  await initInferenceBackend();
  ({ base } = await loadBuiltinBaseNetwork('resnet14-cifar10'));
});
beforeEach(async () => {
  delivery = await DeliveryServer.start();
  dir = tempDir('agent');
  state = path.join(dir.path, 'state');
});
afterEach(() => {
  delivery.stop();
  dir.remove();
});

interface Run {
  code: number;
  out: string;
  err: string;
}
async function cli(args: readonly string[], signal = new AbortController().signal): Promise<Run> {
  const run = { code: -1, out: '', err: '' };
  const context = {
    stdout: (text: string) => void (run.out += text),
    stderr: (text: string) => void (run.err += text),
    signal,
  };
  run.code = await runCli(args, context);
  return run;
}

const enrol = (...more: string[]): Promise<Run> =>
  cli(['enrol', '--server', delivery.url, '--token', 'good', '--state', state, ...more]);
const runOnce = (...more: string[]): Promise<Run> => cli(['run', '--state', state, '--once', ...more]);

async function picture(name: string, background: string): Promise<string> {
  const file = path.join(dir.path, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(
    file,
    await sharp({ create: { width: 40, height: 40, channels: 3, background } })
      .png()
      .toBuffer(),
  );
  return file;
}

describe('kernelcast-device', () => {
  it('enrols, activates, and classifies without a server', async () => {
    expect(await enrol('--attribute', 'site=north', '--attribute', 'line=a=b', '--json')).toMatchObject({ code: 0 });
    expect(delivery.enrolments).toEqual([
      expect.objectContaining({ attributes: { site: 'north', line: 'a=b' }, baseDigests: [base.digest] }),
    ]);
    await delivery.publish(base, { digits: ['one', 'two', 'three'], clothing: ['shirt', 'shoe'] });
    const once = await runOnce('--json');
    expect(once.code).toBe(0);
    expect(JSON.parse(once.out)).toMatchObject({ outcome: 'accepted', refusal: null, manifestVersion: 1 });
    expect(once.err).toContain('digits: digits 1 active, switched in');
    delivery.stop();

    const status = JSON.parse((await cli(['status', '--state', state, '--json'])).out) as { slots: object[] };
    expect(status).toMatchObject({
      deviceId: expect.stringMatching(/^dev_/),
      server: delivery.url,
      manifestVersion: 1,
    });
    expect(status.slots).toEqual(
      ['clothing', 'digits'].map((task) => ({
        slot: task,
        task,
        version: 1,
        digest: expect.stringMatching(/^sha256:/),
        size: expect.any(Number),
        phase: 'active',
        downloadedBytes: expect.any(Number),
        swapMs: expect.any(Number),
        failure: null,
      })),
    );

    const files = [await picture('red.png', '#ff0000'), await picture('more/blue.png', '#0000ff')];
    const classify = ['classify', '--state', state, '--task', 'clothing'];
    const json = await cli([...classify, '--json', '--timing', '--probabilities', ...files]);
    expect(json.code).toBe(0);
    const predictions = JSON.parse(json.out) as { label: string; probability: number; probabilities: Record<string, number> }[]; // prettier-ignore
    expect(predictions).toEqual(
      files.map((file) => ({
        file,
        label: expect.stringMatching(/^(shirt|shoe)$/),
        probability: expect.any(Number),
        probabilities: { shirt: expect.any(Number), shoe: expect.any(Number) },
      })),
    );
    for (const { label, probability, probabilities } of predictions) expect(probabilities[label]).toBe(probability);
    expect(Object.keys(JSON.parse(json.err))).toEqual(['images', 'swapMs', 'decodeMs', 'classifyMs', 'totalMs']);

    const folder = await cli([...classify, path.join(dir.path, 'more')]);
    expect(folder.out).toBe(`${files[1]}\t${predictions[1]?.label}\t${((predictions[1]?.probability ?? 0) * 100).toFixed(1)} %\n`); // prettier-ignore
    expect(JSON.parse((await cli([...classify, '--json', files[0] ?? ''])).out)).toEqual([
      { file: files[0], label: predictions[0]?.label, probability: predictions[0]?.probability },
    ]);
  });

  it('tells with its exit code that a slot failed', async () => {
    await enrol();
    await delivery.publish(base, { digits: ['one', 'two'], clothing: ['shirt', 'shoe'] }, 'clothing');
    const once = await runOnce();
    expect(once.code).toBe(1);
    expect(once.out).toMatch(/clothing +clothing 1 +failed .* blob_tampered: .*again after/);
    expect(once.out).toMatch(/digits +digits 1 +active/);
    expect(delivery.reports.map(({ slot, phase }) => `${slot} ${phase}`)).toContain('clothing failed');
    expect((await cli(['status', '--state', state])).out).toMatch(/clothing .*failed/);
  });

  it('runs until it is stopped, and lets others read meanwhile', async () => {
    await enrol();
    await delivery.publish(base, { digits: ['one', 'two'] });
    const controller = new AbortController();
    const running = cli(['run', '--state', state, '--json'], controller.signal);
    await waitFor('the slot to be active', async () => {
      const { out } = await cli(['status', '--state', state, '--json']);
      return (JSON.parse(out) as { slots: { phase: string }[] }).slots[0]?.phase === 'active';
    });
    const file = await picture('x.png', '#00ff00');
    expect((await cli(['classify', '--state', state, '--task', 'digits', file])).code).toBe(0);
    expect(await runOnce()).toMatchObject({ code: 1, err: expect.stringContaining('(state_in_use)') });
    controller.abort();
    const { code, out } = await running;
    expect(code).toBe(0);
    const events = out.trim().split('\n').map((line) => (JSON.parse(line) as { type: string }).type); // prettier-ignore
    expect(events).toEqual(expect.arrayContaining(['accepted', 'downloading', 'verified', 'active']));
    expect((await runOnce()).code).toBe(0);
  });

  it('works with a base network of a folder', async () => {
    const builtin = await loadBuiltinBaseNetwork('resnet14-cifar10');
    const folder = path.join(dir.path, 'base');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'graph.json'), builtin.graphJson);
    writeFileSync(path.join(folder, 'weights.safetensors'), builtin.weights);
    expect((await enrol('--base', folder)).code).toBe(0);
    await delivery.publish(base, { digits: ['one', 'two'] });
    expect((await runOnce()).code).toBe(0);
    writeFileSync(path.join(folder, 'weights.safetensors'), 'no weights');
    expect(await runOnce()).toMatchObject({ code: 1, err: expect.stringContaining('(base_network_invalid)') });
  });

  it('leaves out what is no image, and says so', async () => {
    await enrol();
    await delivery.publish(base, { digits: ['one', 'two'] });
    await runOnce();
    const good = await picture('good.png', '#123456');
    const bad = path.join(dir.path, 'bad.png');
    writeFileSync(bad, 'no image');
    const { code, out, err } = await cli(['classify', '--state', state, '--task', 'digits', '--json', bad, good]);
    expect(code).toBe(1);
    expect((JSON.parse(out) as { file: string }[]).map(({ file }) => file)).toEqual([good]);
    expect(err).toContain(`${bad}: Image invalid: neither PNG, JPEG nor WebP`);
  });

  it.each([
    ['an unknown state', ['status', '--state', '/nowhere'], 1, 'Enrol it: kernelcast-device enrol'],
    ['an option that is missing', ['status'], 2, "required option '--state <folder>'"],
    ['a command that is not there', ['start'], 2, "unknown command 'start'"],
    ['an attribute without a value', ['enrol', '--attribute', 'x'], 2, 'name=value'],
    ['a wait that is too long', ['run', '--state', 'x', '--wait', '61'], 2, 'Seconds from 0 to 60'],
    [
      'no address',
      ['enrol', '--server', 'here', '--token', 't', '--state', 'STATE'],
      1,
      'is not an http or https address',
    ],
    ['a base that is not there', ['enrol', '--server', 'http://x', '--token', 't', '--state', 'STATE', '--base', '/no'], 1, 'graph.json'], // prettier-ignore
  ])('explains %s', async (_, args, code, text) => {
    const run = await cli(args.map((arg) => (arg === 'STATE' ? state : arg)));
    expect(run).toMatchObject({ code, out: '', err: expect.stringContaining(text) });
  });

  it('explains a task that is not active, and a second enrolment', async () => {
    await enrol();
    const { err } = await cli(['classify', '--state', state, '--task', 'digits', await picture('a.png', '#fff')]);
    expect(err).toBe(
      "kernelcast-device: no version of 'digits' is active here; active: none (task_not_active)\n" +
        '  kernelcast-device status shows what is active.\n',
    );
    expect(await enrol()).toMatchObject({ code: 1, err: expect.stringContaining('(already_enrolled)') });
  });

  it('enrols once when it is told to twice at a time', async () => {
    const codes = (await Promise.all([enrol(), enrol()])).map(({ code }) => code);
    expect(codes.sort()).toEqual([0, 1]);
    expect(delivery.enrolments).toHaveLength(1);
  });

  it('explains a server that is away', async () => {
    await enrol();
    delivery.stop();
    expect(await runOnce()).toMatchObject({ code: 1, err: expect.stringContaining('(network_unreachable)') });
  });

  it('shows its help', async () => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const command of ['enrol', 'run', 'classify', 'status']) expect(out).toContain(command);
  });
});
