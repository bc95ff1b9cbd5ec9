export { enqueue } from './outbox/enqueue.js';
export { OutboxRelay, type OutboxRelayOptions } from './outbox/outbox-relay.js';
export { defineQueue, type Backoff, type QueueDefinition } from './queue-definition.js';
export { createQueueSystem, QueueSystem, type QueuedState, type QueueSystemOptions } from './queue-system.js';
export type { JobContext, JobHandler, QueueWorker, WorkOptions } from './queue-worker.js';
export { HandBackError, PermanentJobError, QueueError, type QueueErrorCode } from './queue.errors.js';
export { gpuTrainingQueue, trainingQueue, trainingQueueFor, trainingQueues } from './queues.js';
