import type { MessagePort } from 'node:worker_threads';
import type { SentError } from '../../parallel/sendable-error.js';
import type { BatchRecipe } from './feed.types.js';
import type { BatchRing } from './ring.js';

/** What the thread is started with. */
export interface FeedSetup {
  readonly recipe: BatchRecipe;
  readonly ring: BatchRing;
  readonly port: MessagePort;
}

/** To the thread. */
export type FeedRequest =
  /** Go on with this step; what was made before is for nobody. */
  | { readonly type: 'seek'; readonly step: number; readonly generation: number }
  | { readonly type: 'release'; readonly slot: number };

/** From the thread. */
export type FeedReply =
  | { readonly type: 'ready'; readonly generation: number; readonly step: number; readonly slot: number }
  | { readonly type: 'failed'; readonly generation: number; readonly step: number; readonly error: SentError };
