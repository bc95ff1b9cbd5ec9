import { parentPort, workerData } from 'node:worker_threads';
import { initBackend } from '@kernelcast/compute';
import { BarrierError, breakBarrier } from '../barrier.js';
import { START_ID } from '../protocol.types.js';
import type { ReplyMessage, RequestMessage, ThreadRequest, ThreadSetup, ThreadValue } from '../protocol.types.js';
import { sendable } from '../sendable-error.js';
import { Replica } from './replica.js';

/** A thread that trains its replica on its part of every batch. */

const setup = workerData as ThreadSetup;
const start = async (): Promise<Replica> => {
  await initBackend({ force: setup.backend });
  return new Replica(setup);
};
const starting = start();

/** Failures of these happen on every thread alike, so the replicas stay equal. */
const HARMLESS: readonly ThreadRequest['type'][] = ['state', 'export', 'restore'];

async function run(request: ThreadRequest): Promise<ThreadValue> {
  const replica = await starting;
  switch (request.type) {
    case 'link':
      return replica.link(request.links) as undefined;
    case 'features':
      return replica.computeFeatures() as Promise<undefined>;
    case 'step':
      return replica.step(request.step, request.rate, request.slot);
    case 'state':
      return replica.state();
    case 'restore':
      return replica.restore(request.state, request.steps) as undefined;
    case 'export':
      return replica.exportTensors();
  }
}

async function answer(id: number, type: ThreadRequest['type'] | 'start', work: Promise<ThreadValue>): Promise<void> {
  const reply = (message: ReplyMessage): void => parentPort?.postMessage(message);
  try {
    reply({ id, value: await work });
  } catch (error) {
    const peer = error instanceof BarrierError && error.reason === 'aborted';
    const harmless = HARMLESS.some((one) => one === type);
    // The others may be waiting for this thread, which will not come.
    if (!peer && !harmless) breakBarrier(setup.cells);
    reply({ id, error: sendable(error), kind: peer ? 'peer' : harmless ? 'passing' : 'fatal' });
  }
}

void answer(
  START_ID,
  'start',
  starting.then((replica) => replica.ready),
);
parentPort?.on('message', ({ id, request }: RequestMessage) => void answer(id, request.type, run(request)));
