import { trainingJobMessageSchema, type Accelerator, type TrainingJobMessage } from '@kernelcast/contracts';
import { defineQueue, type QueueDefinition } from './queue-definition.js';

/**
 * Training jobs, from the registry to the trainers. One attempt: the trainer itself counts a job's attempts in the
 * database and asks for another one when it makes sense; what the queue adds is the takeover from dead workers.
 */
const trainingQueueNamed = (name: string): QueueDefinition<TrainingJobMessage> =>
  defineQueue({
    name,
    schema: trainingJobMessageSchema,
    attempts: 1,
    backoff: { type: 'exponential', delayMs: 1_000 },
  });

/** Jobs for any trainer. */
export const trainingQueue = trainingQueueNamed('training-jobs');
/** Jobs that only a trainer with a GPU may take. */
export const gpuTrainingQueue = trainingQueueNamed('training-gpu');

/** The queue on which a job waits for a trainer. */
export const trainingQueueFor = (accelerator: Accelerator): QueueDefinition<TrainingJobMessage> =>
  accelerator === 'gpu' ? gpuTrainingQueue : trainingQueue;

/** The queues that a trainer works on. One with a GPU looks first at the jobs that nobody else may take. */
export const trainingQueues = (hasGpu: boolean): readonly QueueDefinition<TrainingJobMessage>[] =>
  hasGpu ? [gpuTrainingQueue, trainingQueue] : [trainingQueue];
