import type { ApiKey, Page, TrainingJob } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let things: Ingredients;
/** Oldest first. */
const jobs: TrainingJob[] = [];

beforeAll(async () => {
  registry = await TestRegistry.start();
  things = await createIngredients(registry);
  for (const method of ['km', 'head', 'km', 'bias'])
    jobs.push(
      await registry.made<TrainingJob>('/v1/training-jobs', {
        task: 'pets',
        datasetVersion: things.dataset.id,
        baseNetwork: things.base.id,
        method,
        budget: { paramsRatio: 1 },
      }),
    );
  await registry.made(`/v1/training-jobs/${jobs[1]?.id}/cancel`);
});
afterAll(() => registry.close());

const list = (query: string) => registry.get<Page<TrainingJob>>(`/v1/training-jobs?${query}`);
/** Numbers of the jobs listed, in the order in which they were submitted. */
const found = async (query: string): Promise<number[]> =>
  (await list(query)).body.data.map(({ id }) => jobs.findIndex((job) => job.id === id));

describe('the list of jobs', () => {
  it.each([
    ['', [3, 2, 1, 0]],
    ['sort=createdAt', [0, 1, 2, 3]],
    ['method=km', [2, 0]],
    ['method=head&method=bias', [3, 1]],
    ['state=queued&method=km&method=head', [2, 0]],
    ['state=queued&state=cancelled', [3, 2, 1, 0]],
    ['task=pets&dataset=pets&baseNetwork=tiny&scenario=transfer', [3, 2, 1, 0]],
    ['task=nobody-knows-it', []],
    ['dataset=nobody-knows-it', []],
    ['createdBy=key_of_somebody', []],
    ['createdBefore=2026-01-01T00:00:00Z', []],
  ])('shows for "%s" the jobs %p', async (query, numbers) => {
    expect(await found(query)).toEqual(numbers);
  });

  it('finds what somebody submitted since a time', async () => {
    const { body } = await registry.get<Page<ApiKey>>('/v1/api-keys');
    const query = `createdBy=${body.data[0]?.id}&createdAfter=${jobs[2]?.createdAt}&sort=createdAt`;
    expect(await found(query)).toEqual([2, 3]);
  });

  it('goes on where the page before ended, whatever was added since', async () => {
    const first = await list('limit=2&method=km&method=bias');
    expect(first.body.data.map(({ id }) => id)).toEqual([jobs[3]?.id, jobs[2]?.id]);
    expect(await found(`limit=9&method=km&method=bias&after=${first.body.nextCursor}`)).toEqual([0]);
  });

  it('refuses the cursor of other filters, and parameters that there are not', async () => {
    const { body } = await list('limit=1&method=km');
    const other = await list(`limit=1&method=km&state=queued&after=${body.nextCursor}`);
    expect(problemOf(other)).toMatchObject({ status: 400, code: 'invalid_cursor' });
    expect(problemOf(await list('limit=1&after=job_01J9Z3K2Q4R5S6T7V8W9X0Y1Z2'))).toMatchObject({ status: 400 });
    expect(problemOf(await list('stat=queued'))).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(problemOf(await list('sort=priority'))).toMatchObject({ status: 422 });
  });
});
