import { Worker } from 'node:worker_threads';
import type { ThreadStart } from './protocol.types.js';

const ENTRY = new URL('./worker/main.js', import.meta.url);

/**
 * Starts a training thread, which loads its backend and waits to be set up.
 * @param entry - compiled program, for tests, which run from source
 */
export function startThread({ index, backend }: ThreadStart, entry: string | URL = ENTRY): Worker {
  return new Worker(entry, { workerData: { index, backend } satisfies ThreadStart });
}
