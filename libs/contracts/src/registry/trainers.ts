import { z } from 'zod';
import { idSchema, timestampSchema } from '../common/primitives.js';

/** Seconds after its last heartbeat at which a trainer counts as gone. */
export const TRAINER_PRESENCE_SECONDS = 60;

export const trainerSchema = z.object({
  id: idSchema('trainer'),
  hostname: z.string(),
  version: z.string(),
  backend: z.string().meta({ description: 'Compute backend it trains on' }),
  accelerator: z.enum(['cpu', 'gpu']),
  concurrency: z.int().positive().meta({ description: 'Jobs it trains at once' }),
  running: z.int().nonnegative().meta({ description: 'Jobs it has in work' }),
  startedAt: timestampSchema,
  lastSeenAt: timestampSchema,
});
export type Trainer = z.infer<typeof trainerSchema>;
