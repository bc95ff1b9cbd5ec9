import { jobEventSchema, problemSchema, PROJECT_HEADER, type JobEvent } from '@kernelcast/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiError, toApiError, type RegistryClientOptions } from './registry-client.js';

export interface StreamJobEventsOptions extends RegistryClientOptions {
  jobId: string;
  /** Id of the last event already seen; 0 starts at the beginning. */
  after?: number;
  signal?: AbortSignal;
  /** Told that the connection was lost, with the fault if there was one, and will be taken up again. */
  onLost?: (error: unknown) => void;
}

/** Between half and one and a half times this: many followers of a server that was away do not come back at once. */
const RECONNECT_MS = 1000;
/** Refusals that pass: a slow request, too many of them. */
const PASSING = new Set([408, 429]);
const TERMINAL = new Set(['succeeded', 'failed', 'cancelled']);

/** `true` for the event with which a job's log ends. */
const endsJob = (event: JobEvent): boolean => event.type === 'state' && TERMINAL.has(String(event.data['state']));

const pause = (signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, RECONNECT_MS * (0.5 + Math.random()));
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });

async function* readOnce(options: StreamJobEventsOptions, after: number): AsyncGenerator<JobEvent> {
  const headers: Record<string, string> = { accept: 'text/event-stream', 'last-event-id': String(after) };
  if (options.apiKey) headers['authorization'] = `Bearer ${options.apiKey}`;
  if (options.project) headers[PROJECT_HEADER] = options.project;
  const response = await (options.fetch ?? globalThis.fetch)(
    `${options.baseUrl}/v1/training-jobs/${options.jobId}/events`,
    {
      headers,
      signal: options.signal,
    },
  );
  if (!response.ok || !response.body) throw toApiError(await response.json().catch(() => undefined), response);
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      yield jobEventSchema.parse(JSON.parse(next.value.data));
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A refusal the server explained will not go away by asking again; a lost connection will. */
const isFinal = (error: unknown): boolean =>
  error instanceof ApiError &&
  problemSchema.safeParse(error.problem).success &&
  error.status >= 400 &&
  error.status < 500 &&
  !PASSING.has(error.status);

/**
 * Follows a job's events (Server-Sent Events) until its last one. A lost connection is taken up again after the
 * last event seen, so every event arrives once, in order.
 *
 * @throws ApiError when the server refuses (unknown job, wrong credential).
 */
export async function* streamJobEvents(options: StreamJobEventsOptions): AsyncGenerator<JobEvent> {
  let after = options.after ?? 0;
  while (!options.signal?.aborted) {
    let fault: unknown;
    try {
      for await (const event of readOnce(options, after)) {
        after = event.id;
        yield event;
        if (endsJob(event)) return;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      if (isFinal(error)) throw error;
      fault = error;
    }
    options.onLost?.(fault);
    await pause(options.signal);
  }
}
