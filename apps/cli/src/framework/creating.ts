import { randomUUID } from 'node:crypto';

/** Headers of a request that makes something: with its key it has one effect, however often it is sent. */
export const creating = (): { headers: { 'Idempotency-Key': string } } => ({
  headers: { 'Idempotency-Key': randomUUID() },
});
