import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tempDir, type TempDir } from '@kernelcast/testing';
import type { ChildMessage, TrainingSpec } from '../training-child/messages.js';
import { TrainingProcess, type ProcessEnd } from './training-process.js';

const SPEC: TrainingSpec = {
  jobId: 'job_1',
  task: 'colours',
  labels: ['red', 'blue'],
  method: 'km',
  budget: { paramsRatio: 0.014 },
  hyperparameters: {},
  seed: 0,
  encoding: 'f16',
  base: { digest: `sha256:${'0'.repeat(64)}`, graphPath: '/graph', weightsPath: '/weights' },
  datasetPath: '/dataset.zip',
  checkpointEveryMs: 10_000,
  version: '1.0.0',
  workDir: '/work',
};

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
  const training = new TrainingProcess({ entry, spec: SPEC, onMessage: (message) => messages.push(message) });
  return { end: await training.ended, messages };
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
  ['was killed', `process.kill(process.pid, 'SIGKILL')`, /was killed.*memory/],
  [
    'was aborted, as by V8 when its heap is full',
    `process.abort()`,
    /ran out of memory or was aborted: lower batchSize/,
  ],
  ['threw outside of everything', `throw new Error('no')`, /exit code 1/],
  ['went without a word', `process.exit(0)`, /exit code 0/],
  ['sent what is no message', `process.send({ type: 'nonsense' })`, /what is no message/],
])('says why, when the process %s', async (what, body, reason) => {
  const { end } = await run(what.replace(/\W/g, '-'), body);
  expect(end).toEqual({ type: 'crashed', reason: expect.stringMatching(reason) });
});

it('says that the process died when its program is not there', async () => {
  const entry = path.join(folder.path, 'missing.mjs');
  const training = new TrainingProcess({ entry, spec: SPEC, onMessage: () => undefined });
  expect(await training.ended).toMatchObject({ type: 'crashed' });
  expect(training.errorOutput).toMatch(/Cannot find module/);
});

it('asks a process to stop, and kills one that does not', async () => {
  const entry = path.join(folder.path, 'deaf.mjs');
  await writeFile(entry, `process.on('message', (m) => process.send({ type: 'checkpoint', path: m.type, step: 0 }));`);
  const heard: string[] = [];
  const training: TrainingProcess = new TrainingProcess({
    entry,
    spec: SPEC,
    onMessage: (message) => {
      if (message.type === 'checkpoint') heard.push(message.path);
      if (heard.length === 1) training.stop();
      else training.kill();
    },
  });
  expect(await training.ended).toMatchObject({ type: 'crashed', reason: expect.stringContaining('killed') });
  expect(heard).toEqual(['start', 'stop']);
});
