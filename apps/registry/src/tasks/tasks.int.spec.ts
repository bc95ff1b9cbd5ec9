import type { Page, Problem, Task } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const digits = { name: 'digits', title: 'Digits', labels: ['0', '1', '2'] };

describe('tasks', () => {
  it('are found by id and by name, with their labels in their order', async () => {
    const made = await registry.made<Task>('/v1/tasks', { ...digits, labels: ['2', '0', '1'] });
    expect(made).toMatchObject({ name: 'digits', labels: ['2', '0', '1'], primaryMetric: 'top1' });
    expect((await registry.get('/v1/tasks/digits')).body).toEqual(made);
    expect((await registry.get(`/v1/tasks/${made.id}`)).body).toEqual(made);
  });

  it('are not sent again to a client that has them', async () => {
    const { headers } = await registry.get('/v1/tasks/digits');
    const again = await registry.get('/v1/tasks/digits', { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    expect([again.status, again.body, headers.get('etag')]).toEqual([304, '', expect.stringMatching(/^"[\w-]{43}"$/)]);
  });

  it('have names of their own', async () => {
    const answer = await registry.post('/v1/tasks', digits);
    expect(problemOf(answer)).toMatchObject({ status: 409, code: 'name_taken' });
  });

  it('come in pages, newest first, each once', async () => {
    for (const name of ['t1', 't2', 't3']) await registry.made('/v1/tasks', { ...digits, name });
    const names: string[] = [];
    let after = '';
    for (;;) {
      const { body } = await registry.get<Page<Task>>(`/v1/tasks?limit=2${after}`);
      names.push(...body.data.map(({ name }) => name));
      if (body.nextCursor === null) break;
      after = `&after=${body.nextCursor}`;
    }
    expect(names).toEqual(['t3', 't2', 't1', 'digits']);
  });

  it.each([
    ['one label', { labels: ['a'] }, '/body/labels'],
    ['a label twice', { labels: ['a', 'a'] }, '/body/labels'],
    ['a name with capitals', { name: 'Digits' }, '/body/name'],
    ['no title', { title: undefined }, '/body/title'],
  ])('are refused with %s, by a pointer to it', async (_, changes, pointer) => {
    const answer = await registry.post<Problem>('/v1/tasks', { ...digits, name: 'bad', ...changes });
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(answer.body.errors?.map((error) => error.pointer)).toContain(pointer);
    expect((await registry.get('/v1/tasks/bad')).status).toBe(404);
  });

  it.each(['nothing', 'task_00000000000000000000000000', 'a%00b', '%F0%9F%90%88'])(
    'named %s are not there',
    async (name) => {
      const answer = await registry.get(`/v1/tasks/${name}`);
      expect([404, 422]).toContain(answer.status);
      expect(['task_not_found', 'validation_failed']).toContain(problemOf(answer).code);
    },
  );

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('are not made of %s', async (type) => {
    const answer = await registry.call('POST', '/v1/tasks', {
      raw: JSON.stringify(digits),
      headers: { 'content-type': type },
    });
    expect(problemOf(answer)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
  });

  it('are not made of a zip or a form, whatever it holds', async () => {
    const form = new FormData();
    form.set('name', 'digits');
    const zip = { raw: JSON.stringify(digits), headers: { 'content-type': 'application/zip' } };
    for (const request of [zip, { raw: form }]) {
      const answer = await registry.call('POST', '/v1/tasks', request);
      expect(problemOf(answer)).toMatchObject({ status: 415, code: 'unsupported_media_type' });
    }
  });

  it('are refused when they are larger than any task', async () => {
    const answer = await registry.post('/v1/tasks', { ...digits, title: 'x'.repeat(2 ** 21) });
    expect(problemOf(answer)).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('keep no half of a text that the database cannot hold', async () => {
    const answer = await registry.post('/v1/tasks', { ...digits, name: 'nul', title: 'a\u0000b' });
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'validation_failed' });
    expect((await registry.get('/v1/tasks/nul')).status).toBe(404);
  });
});
