import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createRegistryClient, getBaseNetwork } from '@kernelcast/api-client';
import type { EmbeddedPlatform } from '../embedded/embedded-platform.js';
import { BUILTIN_BASE } from '../embedded/register-base.js';
import { writeDatasetFiles, type DatasetFiles } from './dataset-files.js';
import type { DemoResult, TaskResult } from './demo-report.js';
import { DemoDevice, type DeviceSlot } from './device.js';
import { DEMO_SOURCES } from './image-sources.js';
import type { ProgressBoard } from '../output/progress-board.js';
import { RegistrySteps, type JobProgress, type ModulatorVersion } from './registry-steps.js';

/** Images of each class. Few are enough: that is the point of adapting a network that can see already. */
const TRAIN_PER_CLASS = 300;
const TEST_PER_CLASS = 200;

const BYTES_OF_F32 = 4;
const DEVICE_POLL_MS = 500;
const DEVICE_DEADLINE_MS = 120_000;

export interface DemoContext {
  platform: EmbeddedPlatform;
  /** Folder for the images and the device's state. */
  folder: string;
  board: ProgressBoard;
  say: (text: string) => void;
  /** Ends the demonstration early. */
  signal: AbortSignal;
}

interface TrainedTask {
  files: DatasetFiles;
  km: ModulatorVersion;
  head: ModulatorVersion;
}

const shareOf = ({ state, step, steps }: JobProgress): number => {
  if (state === 'succeeded') return 1;
  // The last hundredth is the evaluation.
  return steps > 0 ? (0.99 * step) / steps : 0;
};

const noteOf = ({ state, step, steps, loss }: JobProgress): string =>
  state === 'running' && steps > 0
    ? `step ${step} of ${steps}${loss === undefined ? '' : `, loss ${loss.toFixed(3)}`}`
    : state;

const train = async (
  { board }: DemoContext,
  registry: RegistrySteps,
  datasets: DatasetFiles[],
): Promise<TrainedTask[]> => {
  const ready = await Promise.all(
    datasets.map(async (files) => ({ files, version: await registry.createTaskWithData(files) })),
  );
  const submit = async ({ files, version }: (typeof ready)[number], method: 'km' | 'head') => {
    const { name } = files.source;
    const row = `${name} ${method}`;
    board.set(row, 0, 'queued');
    const job = await registry.submit(name, version, method);
    return () => registry.follow(job, (progress) => board.set(row, shareOf(progress), noteOf(progress)));
  };
  // The long jobs first, so that they share the cores from the start.
  const km = [];
  for (const task of ready) km.push(await submit(task, 'km'));
  const head = [];
  for (const task of ready) head.push(await submit(task, 'head'));
  const versions = await Promise.all([...km, ...head].map((follow) => follow()));
  return datasets.flatMap((files, index) => {
    const [kmVersion, headVersion] = [versions[index], versions[index + datasets.length]];
    return kmVersion && headVersion ? [{ files, km: kmVersion, head: headVersion }] : [];
  });
};

const untilActive = async (device: DemoDevice, tasks: string[], signal: AbortSignal): Promise<DeviceSlot[]> => {
  const deadline = Date.now() + DEVICE_DEADLINE_MS;
  for (;;) {
    const slots = await device.slots();
    const active = slots.filter(({ phase }) => phase === 'active').map(({ task }) => task);
    if (tasks.every((task) => active.includes(task))) return slots;
    if (Date.now() > deadline)
      throw new Error(`The device did not install ${tasks.join(' and ')} in time: ${JSON.stringify(slots)}`);
    await pause(DEVICE_POLL_MS, undefined, { signal });
  }
};

const measure = async (
  device: DemoDevice,
  { files, km, head }: TrainedTask,
  slots: DeviceSlot[],
): Promise<TaskResult> => {
  const { name } = files.source;
  const slot = slots.find(({ task }) => task === name);
  if (!slot || slot.swapMs === null) throw new Error(`The device has no measurement of ${name}`);
  return {
    name,
    accuracy: await device.accuracy(name, files.heldOut),
    headOnlyAccuracy: head.metrics.top1,
    kmParams: km.parameters,
    paramsRatio: km.paramsRatio,
    downloadedBytes: slot.downloadedBytes,
    swapMs: slot.swapMs,
  };
};

/**
 * The whole road on real data: two tasks are trained from a few thousand images each, released, delivered to a
 * device, and judged there on images nobody trained on.
 */
export const runDemo = async (context: DemoContext, device: DemoDevice): Promise<Omit<DemoResult, 'totalSeconds'>> => {
  const { platform, folder, board, say, signal } = context;
  const registry = new RegistrySteps({ baseUrl: platform.registryUrl, apiKey: platform.adminApiKey }, signal);
  say(`Preparing ${10 * TRAIN_PER_CLASS} training and ${10 * TEST_PER_CLASS} held-out images of each task`);
  await mkdir(folder, { recursive: true });
  const perClass = { train: TRAIN_PER_CLASS, test: TEST_PER_CLASS };
  const datasets = await Promise.all(
    DEMO_SOURCES.map((source) => writeDatasetFiles(source, path.join(folder, 'images'), perClass)),
  );

  say('Training: kernel modulation, and beside it the rival that trains a head only');
  const trained = await train(context, registry, datasets);
  board.close();

  say('Releasing both tasks to a device');
  const { groupId, enrolmentToken } = await registry.createGroup('demo-devices');
  await device.enrol(platform.deliveryUrl, enrolmentToken);
  for (const { km } of trained) await registry.release(km, groupId);
  signal.throwIfAborted();
  device.start();
  const slots = await untilActive(
    device,
    trained.map(({ files }) => files.source.name),
    signal,
  );

  say('Classifying the held-out images on the device');
  const client = createRegistryClient({ baseUrl: platform.registryUrl, apiKey: platform.adminApiKey });
  const { data: base } = await getBaseNetwork({ client, throwOnError: true, path: { id: BUILTIN_BASE } });
  const tasks: TaskResult[] = [];
  for (const task of trained) tasks.push(await measure(device, task, slots));
  return { baseParams: base.parameters, baseBytesF32: base.parameters * BYTES_OF_F32, tasks };
};
