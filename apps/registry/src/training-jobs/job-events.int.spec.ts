import { jobEventSchema, type JobEvent, type TrainingJob } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients } from '../testing/scenario.js';

let registry: TestRegistry;
let job: TrainingJob;
let order: object;

beforeAll(async () => {
  registry = await TestRegistry.start();
  const { task, dataset, base } = await createIngredients(registry);
  order = { task: task.id, datasetVersion: dataset.id, baseNetwork: base.name, budget: { paramsRatio: 1 } };
  job = await registry.made<TrainingJob>('/v1/training-jobs', order);
});
afterAll(() => registry.close());

const append = (type: string, data: object, trainingJobId = job.id) =>
  registry.database.prisma.jobEvent.create({ data: { trainingJobId, type, data } });

/** Reads a stream's events as they come. */
async function* follow(
  headers: Record<string, string> = {},
  signal?: AbortSignal,
  id = job.id,
): AsyncGenerator<JobEvent> {
  const response = await fetch(`${registry.url}/v1/training-jobs/${id}/events`, {
    headers: { authorization: `Bearer ${TestRegistry.adminKey}`, accept: 'text/event-stream', ...headers },
    signal,
  });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, id, data] = /^id: (\d+)\ndata: (.*)$/s.exec(block) ?? [];
      if (data === undefined) continue;
      const event = jobEventSchema.parse(JSON.parse(data));
      expect(event.id).toBe(Number(id));
      yield event;
    }
  }
}

const next = async (events: AsyncGenerator<JobEvent>): Promise<JobEvent> => {
  const { value } = await events.next();
  return jobEventSchema.parse(value);
};

describe('the log of a job', () => {
  it('is followed live, taken up after the last event seen, and ends with the job', async () => {
    const leaving = new AbortController();
    const live = follow({}, leaving.signal);
    const first = await next(live);
    expect(first).toMatchObject({ type: 'state', data: { state: 'queued' } });
    await append('step', { step: 1, steps: 10 });
    const second = await next(live);
    expect(second).toMatchObject({ type: 'step', data: { step: 1 } });
    expect(second.id).toBeGreaterThan(first.id);
    leaving.abort();

    await append('step', { step: 2, steps: 10 });
    const resumed = follow({ 'last-event-id': String(second.id) });
    expect(await next(resumed)).toMatchObject({ type: 'step', data: { step: 2 } });
    await registry.made(`/v1/training-jobs/${job.id}/cancel`);
    expect(await next(resumed)).toMatchObject({ type: 'state', data: { state: 'cancelled' } });
    expect((await resumed.next()).done).toBe(true);
  });

  it('of an ended job ends at once, also after its last event', async () => {
    const all: JobEvent[] = [];
    for await (const event of follow()) all.push(event);
    expect(all.map(({ type }) => type)).toEqual(['state', 'step', 'step', 'state']);
    const last = all.at(-1)?.id;
    for await (const event of follow({ 'last-event-id': String(last) })) throw new Error(`came again: ${event.id}`);
  });

  it('goes on after a failure when the job was retried', async () => {
    const retried = await registry.made<TrainingJob>('/v1/training-jobs', order);
    await append('state', { state: 'failed' }, retried.id);
    await append('state', { state: 'queued' }, retried.id);
    const leaving = new AbortController();
    const live = follow({}, leaving.signal, retried.id);
    for (const state of ['queued', 'failed', 'queued']) expect(await next(live)).toMatchObject({ data: { state } });
    await append('state', { state: 'running' }, retried.id);
    expect(await next(live)).toMatchObject({ data: { state: 'running' } });
    leaving.abort();
  });

  it('is read as lines of text, or as JSON, without the steps', async () => {
    const path = `/v1/training-jobs/${job.id}/logs`;
    const json = await registry.get<{ data: { message: string }[] }>(path);
    expect(json.body.data.map(({ message }) => message)).toEqual(['[queued]', '[cancelled]']);
    const text = await registry.get<string>(path, { headers: { accept: 'text/plain' } });
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.body).toMatch(/^\S+Z \[queued\]\n\S+Z \[cancelled\]\n$/);
    const [first] = (await registry.get<{ data: { id: number }[] }>(`${path}?limit=1`)).body.data;
    const rest = await registry.get<{ data: object[] }>(`${path}?after=${first?.id}`);
    expect(rest.body.data).toHaveLength(1);
  });

  it('cannot be rewritten', async () => {
    const change = registry.database.prisma.jobEvent.updateMany({ data: { type: 'log' } });
    await expect(change).rejects.toThrow('job_events is append-only');
  });

  it('is read as JSON, page by page', async () => {
    const page = await registry.get<{ data: JobEvent[] }>(`/v1/training-jobs/${job.id}/events?limit=2`);
    expect(page.body.data).toHaveLength(2);
    const after = page.body.data[1]?.id;
    const rest = await registry.get<{ data: JobEvent[] }>(`/v1/training-jobs/${job.id}/events?after=${after}`);
    expect(rest.body.data).toHaveLength(2);
  });

  it.each(['application/json', 'text/event-stream'])('of an unknown job is refused as %s', async (accept) => {
    const path = `/v1/training-jobs/job_${'0'.repeat(26)}/events`;
    const answer = await registry.get(path, { headers: { accept } });
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'job_not_found', type: 'application/problem+json' });
  });
});
