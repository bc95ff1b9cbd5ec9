import { isShared } from '../images.js';
import type { BatchFeed, BatchRecipe } from './feed.types.js';
import { createInlineFeed } from './inline-feed.js';
import { createThreadFeed } from './thread-feed.js';

/**
 * Prepares batches on a thread of its own where threads can share the images, in an archive or in shared memory; in
 * place otherwise, as a copy would cost more than it saves. Batches are the same.
 */
export async function createFeed(recipe: BatchRecipe): Promise<BatchFeed> {
  const { images } = recipe;
  return 'archive' in images || isShared(images.images) ? createThreadFeed(recipe) : createInlineFeed(recipe);
}
