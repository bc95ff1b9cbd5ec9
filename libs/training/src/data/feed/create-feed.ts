import type { BatchFeed, BatchRecipe } from './feed.types.js';
import { createInlineFeed } from './inline-feed.js';

/** The feed that suits where the images are. */
export function createFeed(recipe: BatchRecipe): Promise<BatchFeed> {
  return createInlineFeed(recipe);
}
