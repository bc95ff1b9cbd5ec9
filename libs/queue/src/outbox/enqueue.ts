import type { Tx } from '@kernelcast/database';
import { parsePayload } from '../parse-payload.js';
import { DEFAULT_PRIORITY, type Message, type QueueDefinition } from '../queue-definition.js';

/**
 * Writes a message into the outbox, in the transaction that makes it true: either both are there or neither. The relay
 * brings it to the queue. An id that was sent before is sent again, to the end of its line: that is how a job is retried
 * or resumed.
 * @throws QueueError `payload_invalid`
 */
export const enqueue = async <T>(
  tx: Pick<Tx, 'outboxMessage'>,
  definition: QueueDefinition<T>,
  { id, payload, priority = DEFAULT_PRIORITY }: Message<T>,
): Promise<void> => {
  const data = parsePayload(definition, payload) as object;
  // Of one clock, by which messages are relayed: a message that is sent again is as young as a new one.
  const createdAt = new Date();
  await tx.outboxMessage.upsert({
    where: { queue_messageId: { queue: definition.name, messageId: id } },
    create: { queue: definition.name, messageId: id, payload: data, priority, createdAt },
    update: { payload: data, priority, createdAt, sentAt: null },
  });
};
