import { z } from 'zod';
import { idSchema } from '../common/primitives.js';

/** Payloads carry ids, never weights. New fields must be optional, so that old and new services can share a queue. */
export const trainingJobMessageSchema = z.object({
  trainingJobId: idSchema('trainingJob'),
  /** Trace of the request that the job goes back to (W3C Trace Context). */
  traceparent: z.string().max(200).optional(),
});
export type TrainingJobMessage = z.infer<typeof trainingJobMessageSchema>;

/** Sent by the registry to the delivery service when the desired state of some cohort may have changed. */
export const FLEET_CHANGED = 'fleet.changed';
export const fleetChangedSchema = z.object({ fleetVersion: z.int().nonnegative() });
export type FleetChanged = z.infer<typeof fleetChangedSchema>;
