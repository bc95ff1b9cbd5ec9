/** The feed was closed, or its thread ended, while a batch was expected. */
export class FeedClosedError extends Error {
  readonly code = 'feed_closed';

  constructor() {
    super('No more batches: their preparation has ended');
    this.name = 'FeedClosedError';
  }
}
