import type { JobEvent, JobLogLine } from '@kernelcast/contracts';
import { z } from 'zod';

const logSchema = z.object({ message: z.string() });
const stateSchema = z.object({
  state: z.string(),
  attempt: z.int().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** An event of a job's log as a line for people: what the trainer said, and the states the job went through. */
export const toLogLine = ({ id, at, type, data }: JobEvent): JobLogLine => ({
  id,
  at,
  message: type === 'state' ? describeState(data) : (logSchema.safeParse(data).data?.message ?? JSON.stringify(data)),
});

const describeState = (data: JobEvent['data']): string => {
  const parsed = stateSchema.safeParse(data);
  if (!parsed.success) return JSON.stringify(data);
  const { state, attempt, error } = parsed.data;
  return `[${state}]${attempt === undefined ? '' : ` attempt ${attempt}`}${error ? ` ${error.code}: ${error.message}` : ''}`;
};

/** Lines as text. What a message has of line breaks is indented, so that a line that begins with a time is a new one. */
export const toText = (lines: readonly JobLogLine[]): string =>
  lines.map(({ at, message }) => `${at} ${message.trimEnd().replaceAll(/\r?\n/g, '\n  ')}\n`).join('');
