import type { JobEvent } from '@kernelcast/contracts';

/** Proxies close connections on which nothing moves; most wait for a minute. */
const HEARTBEAT_MS = 15_000;
/** Milliseconds after which a browser connects anew. */
const RETRY_MS = 1_000;

/**
 * Writes events as Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the id of each
 * is the job event's, its data the event as JSON. What comes without events for long is kept alive by comments.
 *
 * @param batches events as they come; an empty batch is a sign of life of the source
 */
export async function* toEventStream(
  batches: AsyncIterable<readonly JobEvent[]>,
  now: () => number = Date.now,
): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  let writtenAt = now();
  for await (const batch of batches) {
    const text = batch.map((event) => `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`).join('');
    if (text === '' && now() - writtenAt < HEARTBEAT_MS) continue;
    yield text || ': heartbeat\n\n';
    writtenAt = now();
  }
}

/** The event after which a client that lost its connection goes on. */
export const lastEventId = (header: string | string[] | undefined): number | undefined =>
  typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
