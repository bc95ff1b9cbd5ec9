import type { QueueDefinition } from './queue-definition.js';
import { QueueError } from './queue.errors.js';

/** Parses a payload, at the sender as at the receiver: what one of them does not know does not get through. */
export const parsePayload = <T>(definition: QueueDefinition<T>, payload: unknown): T => {
  const result = definition.schema.safeParse(payload);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'payload'}: ${issue.message}`);
  throw new QueueError('payload_invalid', `Not a payload of ${definition.name}: ${faults.join('; ')}`, {
    cause: result.error,
  });
};
