import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tempDir, type TempDir } from '@kernelcast/testing';
import type { ChildMessage } from '../training-child/messages.js';
import { someSpec } from '../testing/some-spec.js';
import { TrainingProcess, type ProcessEnd } from './training-process.js';

const SPEC = someSpec();
const silenceMs = 60_000;

let folder: TempDir;
beforeAll(() => {
  folder = tempDir('training-process');
});
afterAll(() => folder.remove());

/** Runs a child that does `body` when it gets the message `m`, and gives what the parent saw of it. */
const run = async (name: string, body: string): Promise<{ end: ProcessEnd; messages: ChildMessage[] }> => {
  const entry = path.join(folder.path, `${name}.mjs`);
  await writeFile(entry, `process.on('message', (m) => { ${body} });`);
  const messages: ChildMessage[] = [];
  const onMessage = (message: ChildMessage): number => messages.push(message);
  return { end: await new TrainingProcess({ entry }).train(SPEC, { onMessage, silenceMs }), messages };
};

it('passes messages on in order and ends with the last word', async () => {
  const { end, messages } = await run(
    'good',
    `process.send({ type: 'evaluating' });
     process.send({ type: 'checkpoint', path: m.spec.workDir, step: 3 });
     process.send({ type: 'stopped' }, () => process.exit(0));`,
  );
  expect(messages).toEqual([{ type: 'evaluating' }, { type: 'checkpoint', path: '/work', step: 3 }]);
  expect(end).toEqual({ type: 'stopped' });
});

it.each([
  ['was killed', `process.kill(process.pid, 'SIGKILL')`, /was killed from outside; it had \d+ of \d+ MiB/],
  ['was aborted', `process.abort()`, /SIGABRT.*KERNELCAST_BACKEND=wasm/],
  ['threw outside of everything', `throw new Error('no')`, /exit code 1/],
  ['went without a word', `process.exit(0)`, /exit code 0/],
  ['sent what is no message', `process.send({ type: 'nonsense' })`, /what is no message/],
])('says why, when the process %s', async (what, body, reason) => {
  const { end } = await run(what.replace(/\W/g, '-'), body);
  expect(end).toMatchObject({ type: 'crashed', code: 'worker_crashed', message: expect.stringMatching(reason) });
});

it('says that the process died when its program is not there', async () => {
  const entry = path.join(folder.path, 'missing.mjs');
  const training = new TrainingProcess({ entry });
  expect(await training.train(SPEC, { onMessage: () => undefined, silenceMs })).toMatchObject({ type: 'crashed' });
  expect(training.errorOutput).toMatch(/Cannot find module/);
});

it('asks a process to stop, and kills one that does not', async () => {
  const entry = path.join(folder.path, 'deaf.mjs');
  await writeFile(entry, `process.on('message', (m) => process.send({ type: 'checkpoint', path: m.type, step: 0 }));`);
  const heard: string[] = [];
  const training = new TrainingProcess({ entry });
  const onMessage = (message: ChildMessage): void => {
    if (message.type === 'checkpoint') heard.push(message.path);
    if (heard.length === 1) training.stop();
    else training.kill();
  };
  expect(await training.train(SPEC, { onMessage, silenceMs })).toMatchObject({
    type: 'crashed',
    message: expect.stringContaining('killed'),
  });
  expect(heard).toEqual(['start', 'stop']);
});

it('says that memory ran out when a process has filled its heap', async () => {
  const { end } = await run(
    'heap',
    `process.getBuiltinModule('node:v8').setFlagsFromString('--max-old-space-size=40'); const all = []; for (;;) all.push(new Array(1e5).fill(all.length));`,
  );
  expect(end).toMatchObject({ type: 'crashed', code: 'out_of_memory', again: false });
});

it('gives a process its own environment beside that of the trainer', async () => {
  const entry = path.join(folder.path, 'environment.mjs');
  const body =
    "const { PATH, CUDA_VISIBLE_DEVICES } = process.env; process.send({ type: 'note', message: `${CUDA_VISIBLE_DEVICES} ${PATH}` });";
  await writeFile(entry, `process.on('message', () => { ${body} process.exit(0); });`);
  const notes: ChildMessage[] = [];
  const environment = { CUDA_VISIBLE_DEVICES: 'GPU-1' };
  const onMessage = (message: ChildMessage): number => notes.push(message);
  await new TrainingProcess({ entry, environment }).train(SPEC, { onMessage, silenceMs });
  expect(notes).toEqual([{ type: 'note', message: `GPU-1 ${process.env['PATH']}` }]);
});

it('ends a process that says nothing for too long, and none that does', async () => {
  const entry = path.join(folder.path, 'pausing.mjs');
  const body =
    "const say = () => process.send({ type: 'evaluating' }); say(); setTimeout(say, 250); setTimeout(say, 500);";
  await writeFile(entry, `process.on('message', () => { ${body} });`);
  const heard: ChildMessage[] = [];
  const onMessage = (message: ChildMessage): number => heard.push(message);
  const end = await new TrainingProcess({ entry }).train(SPEC, { onMessage, silenceMs: 2_000 });
  expect(end).toMatchObject({ type: 'crashed', message: expect.stringContaining('said nothing for 2 s'), again: true });
  expect(heard).toHaveLength(3);
});
