import { workerData } from 'node:worker_threads';
import { openImages } from '@kernelcast/nets/node';
import { sendable } from '../../parallel/sendable-error.js';
import { BatchPreparer } from './batch-preparer.js';
import type { FeedReply, FeedRequest, FeedSetup } from './feed-messages.js';
import { sliceOf } from './ring.js';

/** The thread that prepares batches ahead of the steps: as many as the ring has slots, then it waits. */

const { recipe, ring, port } = workerData as FeedSetup;
const opening = openImages(recipe.images).then((reader) => new BatchPreparer(recipe, reader));
// Whoever asks for a batch hears of it.
opening.catch(() => undefined);

const free = Array.from({ length: ring.slots }, (_, slot) => slot);
let generation = 0;
/** The step to prepare next; none before the first request, and after a failure. */
let next: number | undefined;

const reply = (message: FeedReply): void => port.postMessage(message);

async function fill(slot: number, step: number, wanted: number): Promise<void> {
  try {
    await (await opening).prepare(step, sliceOf(ring, slot));
    reply({ type: 'ready', generation: wanted, step, slot });
  } catch (error) {
    if (wanted === generation) next = undefined;
    free.push(slot);
    reply({ type: 'failed', generation: wanted, step, error: sendable(error) });
    fillAll();
  }
}

function fillAll(): void {
  while (next !== undefined) {
    const slot = free.shift();
    if (slot === undefined) return;
    void fill(slot, next++, generation);
  }
}

port.on('message', (request: FeedRequest) => {
  if (request.type === 'release') free.push(request.slot);
  else ({ step: next, generation } = request);
  fillAll();
});
