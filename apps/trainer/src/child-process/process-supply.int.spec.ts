import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createLogger } from '@kernelcast/platform';
import { tempDir, waitFor, type TempDir } from '@kernelcast/testing';
import type { Device } from '../devices/device.types.js';
import { PROCESSORS } from '../devices/find-devices.js';
import { someSpec } from '../testing/some-spec.js';
import type { ChildMessage } from '../training-child/messages.js';
import { ProcessSupply } from './process-supply.js';
import type { TrainingProcess } from './training-process.js';

const logger = createLogger({ service: 'trainer', level: 'silent' });
const PREPARATION = { backend: undefined, nativeFolder: undefined, threads: 2 };
const GPU: Device = { name: 'GPU', backend: 'tfjs-node-gpu', environment: { CUDA_VISIBLE_DEVICES: 'GPU-1' } };

let folder: TempDir;
beforeAll(() => {
  folder = tempDir('process-supply');
});
afterAll(() => folder.remove());

let supply: ProcessSupply;
afterEach(() => supply.close());

/** A supply of processes that, when they get their job, tell what they had heard before, and end. */
async function supplyOf(body = '', warm = true): Promise<void> {
  const entry = path.join(folder.path, `${expect.getState().currentTestName?.replace(/\W/g, '-')}.mjs`);
  const tell = `process.send({ type: 'note', message: JSON.stringify([process.pid, ...heard]) })`;
  await writeFile(
    entry,
    `${body}; const heard = []; process.on('disconnect', () => process.exit());
     process.on('message', (m) => { if (m.type !== 'start') { heard.push(m); return; }
       ${tell}; process.send({ type: 'stopped' }, () => process.exit(0)); });`,
  );
  const preparation = warm ? PREPARATION : undefined;
  supply = new ProcessSupply({ entry, preparation, refillAfterMs: 0, logger });
}

const refilled = () => waitFor('a process that waits', () => supply.waiting === 1);

/** What a process had heard before its job. */
async function heardBy(training: TrainingProcess): Promise<unknown[]> {
  const messages: ChildMessage[] = [];
  const onMessage = (message: ChildMessage): number => messages.push(message);
  expect(await training.train(someSpec(), { onMessage, silenceMs: 60_000 })).toEqual({ type: 'stopped' });
  const [note] = messages;
  return note?.type === 'note' ? (JSON.parse(note.message) as unknown[]).slice(1) : [];
}

const PREPARED = [{ type: 'prepare', threads: 2 }];

it('hands out a process that was made ready, and then makes the next one ready', async () => {
  await supplyOf();
  expect(await heardBy(supply.take(PROCESSORS, PREPARATION))).toEqual([]);
  await refilled();
  expect(await heardBy(supply.take(PROCESSORS, PREPARATION))).toEqual(PREPARED);
  await refilled();
});

it('makes one ready before the first job when it is asked to', async () => {
  await supplyOf();
  supply.refillLater(PROCESSORS);
  supply.refillLater(PROCESSORS);
  await refilled();
  expect(await heardBy(supply.take(PROCESSORS, PREPARATION))).toEqual(PREPARED);
});

it('makes a fresh one for a job that goes on with another number of threads', async () => {
  await supplyOf();
  supply.refillLater(PROCESSORS);
  await refilled();
  expect(await heardBy(supply.take(PROCESSORS, { ...PREPARATION, threads: 1 }))).toEqual([]);
});

it('lets what waits for a GPU leave the memory of that alone', async () => {
  await supplyOf(`if (process.env.CUDA_VISIBLE_DEVICES !== 'GPU-1') process.exit(1)`);
  supply.refillLater(GPU);
  await refilled();
  expect(await heardBy(supply.take(GPU, { ...PREPARATION, backend: 'tfjs-node-gpu' }))).toEqual([]);
});

it('makes a fresh one when the one that waited has died', async () => {
  await supplyOf(`process.once('message', (m) => { if (m.type === 'prepare') process.exit(1); })`);
  supply.refillLater(PROCESSORS);
  await refilled();
  await waitFor('its end', () => supply.waiting === 0);
  expect(await heardBy(supply.take(PROCESSORS, PREPARATION))).toEqual([]);
});

it('keeps none ready when it is not to, and none after its end', async () => {
  await supplyOf('', false);
  supply.refillLater(PROCESSORS);
  expect(await heardBy(supply.take(PROCESSORS, PREPARATION))).toEqual([]);
  expect(supply.waiting).toBe(0);
  await supplyOf();
  supply.refillLater(PROCESSORS);
  await refilled();
  supply.close();
  supply.refillLater(PROCESSORS);
  expect(supply.waiting).toBe(0);
});
