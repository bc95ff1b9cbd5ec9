import { trainingJobMessageSchema, type TrainingJobMessage } from '@kernelcast/contracts';
import { defineQueue } from './queue-definition.js';

/**
 * Training jobs, from the registry to the trainers. One attempt: the trainer itself counts a job's attempts in the
 * database and asks for another one when it makes sense; what the queue adds is the takeover from dead workers.
 */
export const trainingQueue = defineQueue<TrainingJobMessage>({
  name: 'training-jobs',
  schema: trainingJobMessageSchema,
  attempts: 1,
  backoff: { type: 'exponential', delayMs: 1_000 },
});
