import { parentPort, workerData } from 'node:worker_threads';
import { initBackend } from '@kernelcast/compute';
import { BarrierError, breakBarrier } from '../barrier.js';
import type { ReplyMessage, RequestMessage, ThreadRequest, ThreadStart, ThreadValue } from '../protocol.types.js';
import { sendable } from '../sendable-error.js';
import { Replica } from './replica.js';

/** A thread that trains its replica on its part of every batch. */

const { backend } = workerData as ThreadStart;
const loading = initBackend({ force: backend });
// Whoever sets the thread up hears of it.
loading.catch(() => undefined);
let replicating: Promise<Replica> = Promise.reject(new Error('The thread is not set up'));
replicating.catch(() => undefined);
/** Of the barrier. */
let cells: Int32Array | undefined;

/** Failures of these happen on every thread alike, so the replicas stay equal. */
const HARMLESS: readonly ThreadRequest['type'][] = ['state', 'export', 'restore'];

async function run(request: ThreadRequest): Promise<ThreadValue> {
  if (request.type === 'setup') {
    ({ cells } = request.setup);
    replicating = loading.then(() => new Replica(request.setup));
  }
  const replica = await replicating;
  switch (request.type) {
    case 'setup':
      return replica.ready;
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

async function answer(id: number, type: ThreadRequest['type'], work: Promise<ThreadValue>): Promise<void> {
  const reply = (message: ReplyMessage): void => parentPort?.postMessage(message);
  try {
    reply({ id, value: await work });
  } catch (error) {
    const peer = error instanceof BarrierError && error.reason === 'aborted';
    const harmless = HARMLESS.some((one) => one === type);
    // The others may be waiting for this thread, which will not come.
    if (!peer && !harmless && cells) breakBarrier(cells);
    reply({ id, error: sendable(error), kind: peer ? 'peer' : harmless ? 'passing' : 'fatal' });
  }
}

parentPort?.on('message', ({ id, request }: RequestMessage) => void answer(id, request.type, run(request)));
