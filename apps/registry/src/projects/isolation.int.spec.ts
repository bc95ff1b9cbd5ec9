import { registryRoutes, type Problem, type RouteDefinition, type Task } from '@kernelcast/contracts';
import { fillProject, type ProjectContents } from '../testing/project-contents.js';
import { TestRegistry, type ApiAnswer } from '../testing/registry-app.js';
import { callOf } from '../testing/route-calls.js';
import { absentId } from '../testing/sample-body.js';
import { uploadDataset } from '../testing/scenario.js';

let registry: TestRegistry;
let theirs: ProjectContents;
/** Admin of another project, who may call everything that projects have. */
let stranger: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
  theirs = await fillProject(registry);
  stranger = registry.as(await registry.keyOf('admin'));
});
afterAll(() => registry.close());

const routes = Object.values<RouteDefinition>(registryRoutes);
/** What is for who administers the installation is closed to everybody else, whatever it is about. */
const withId = routes.filter(({ path, access }) => path.includes('{id}') && access !== 'installation-admin');
const lists = routes.filter(({ method, path }) => method === 'get' && !path.includes('{'));
const named = (of: readonly RouteDefinition[]) => of.map((route) => [route.operationId, route] as const);

/** `tasks` of `/v1/tasks/{id}`. */
const collectionOf = ({ path }: RouteDefinition): string => path.split('/')[2] ?? '';

const referencesOf = (route: RouteDefinition): readonly string[] => {
  const references = theirs.references[collectionOf(route)];
  if (!references) throw new Error(`add what ${route.path} is about to testing/project-contents.ts`);
  // Names are none of the ids that some operations ask for.
  return references.filter((id) => route.params?.shape['id']?.safeParse(id).success);
};
/** Looks the same, and is nothing's. */
const absent = (reference: string): string => {
  const [prefix, ulid] = reference.split('_');
  return ulid === undefined ? `no-${reference}` : absentId(prefix ?? '');
};
const ask = (who: TestRegistry, route: RouteDefinition, id: string): Promise<ApiAnswer> => {
  const { method, path, request } = callOf(route, { ...theirs.placeholders, id }, theirs.bodies[route.operationId]);
  return who.call(method, path, request);
};
const shownOf = ({ status, headers, body }: ApiAnswer, id: string) => {
  const { requestId: _, ...problem } = body as Problem;
  return { status, type: headers.get('content-type'), problem: JSON.stringify(problem).replaceAll(id, '<id>') };
};
/** Everything that a project can hold, as the database has it. */
const snapshot = async (): Promise<string> => {
  const tables = ['tasks', 'datasets', 'dataset_versions', 'training_jobs', 'modulators', 'modulator_versions', 'devices', 'device_groups', 'rollouts', 'api_keys', 'base_networks', 'webhooks', 'audit_events']; // prettier-ignore
  const owned = tables.map(
    (table) => `SELECT '${table}' AS name, jsonb_agg(t ORDER BY t::text) AS rows FROM ${table} t WHERE project_id = $1`,
  );
  return JSON.stringify(await registry.database.prisma.$queryRawUnsafe(owned.join(' UNION ALL '), theirs.project.id));
};

describe('for the admin of another project', () => {
  let before: string;
  beforeAll(async () => {
    before = await snapshot();
  });

  it.each(named(withId))('%s finds nothing here, just as where there is nothing', async (_, route) => {
    const references = referencesOf(route);
    expect(references).not.toHaveLength(0);
    for (const reference of references) {
      const [answer, nothing] = [await ask(stranger, route, reference), await ask(stranger, route, absent(reference))];
      expect(answer.status).toBe(404);
      expect(shownOf(answer, reference)).toEqual(shownOf(nothing, absent(reference)));
    }
  });

  it.each(named(lists))('%s lists nothing of it', async (_, route) => {
    const { method, path, request } = callOf(route, {});
    const text = JSON.stringify((await stranger.call(method, path, request)).body);
    for (const reference of [...Object.values(theirs.references).flat(), 'hidden-']) {
      expect(text).not.toContain(reference);
    }
  });

  it('filters by what is here give what filters by nothing give', async () => {
    const { tasks = [], datasets = [] } = theirs.references;
    const groups = theirs.references['device-groups'] ?? [];
    const bases = theirs.references['base-networks'] ?? [];
    const filters = [
      ...tasks.flatMap((task) =>
        ['training-jobs', 'modulators', 'modulator-versions'].map((of) => `${of}?task=${task}`),
      ),
      ...datasets.map((dataset) => `training-jobs?dataset=${dataset}`),
      ...groups.flatMap((group) => ['devices', 'rollouts'].map((of) => `${of}?group=${group}`)),
      ...bases.map((base) => `modulators?baseNetwork=${base}`),
      `training-jobs?datasetVersion=${theirs.ingredients.dataset.id}`,
      `rollouts?modulatorVersion=${theirs.references['modulator-versions']?.[0]}`,
    ];
    for (const filter of filters) {
      expect(await stranger.get(`/v1/${filter}`)).toMatchObject({ status: 200, body: { data: [], nextCursor: null } });
    }
  });

  it('nothing of it can be built upon', async () => {
    const task = await stranger.made<Task>('/v1/tasks', { name: 'pets', title: 'Ours', labels: ['cat', 'dog'] });
    const dataset = await uploadDataset(stranger);
    const { id: group } = await stranger.made<{ id: string }>('/v1/device-groups', { name: 'ours' });
    const job = { task: task.id, datasetVersion: dataset.id, baseNetwork: theirs.ingredients.base.id };
    const budget = { paramsRatio: 1 };
    const waves = [{ share: 1, onSuccess: 'pause' }];
    const version = theirs.references['modulator-versions']?.[0] ?? '';
    const orders: [string, object, string, string][] = [
      ...['training-jobs', 'training-jobs#dry'].flatMap((path): [string, object, string, string][] => {
        const order = { ...job, budget, dryRun: path.endsWith('#dry') };
        const of = (field: string, references: readonly string[] = [], code = ''): [string, object, string, string][] =>
          references.map((reference) => [path, { ...order, [field]: reference }, reference, code]);
        return [
          ...of('task', theirs.references['tasks'], 'task_not_found'),
          ...of('datasetVersion', [theirs.ingredients.dataset.id], 'dataset_not_found'),
          ...of('baseNetwork', theirs.references['base-networks'], 'base_network_not_found'),
          ...of('startFrom', [version], 'modulator_not_found'),
        ];
      }),
      ['enrolment-tokens', { groupId: theirs.references['device-groups']?.[0] }, '', 'group_not_found'],
      ['rollouts', { modulatorVersionId: version, groupId: group, waves }, version, 'modulator_not_found'],
    ];
    for (const [path, body, , code] of orders) {
      const answer = await stranger.post(`/v1/${path.split('#')[0]}`, body);
      expect([path, answer.status, (answer.body as Problem).code]).toEqual([path, 404, code]);
    }
    const alias = { modulatorVersionId: version, reason: 'mine now' };
    const set = await stranger.call('PUT', '/v1/tasks/pets/aliases/production', { body: alias });
    expect(set).toMatchObject({ status: 404, body: { code: 'modulator_not_found' } });
    expect((await stranger.post('/v1/training-jobs', { ...job, budget })).status).toBe(202);
  });

  it('its names are free, and it cannot be entered', async () => {
    for (const [path, body] of [
      ['tasks', { name: 'hidden-pets', title: 'Ours', labels: ['a', 'b'] }],
      ['datasets', { name: 'hidden-pets' }],
      ['device-groups', { name: 'hidden-group' }],
    ] as const) {
      expect((await stranger.post(`/v1/${path}`, body)).status).toBe(201);
    }
    const enter = (project: string) => stranger.get('/v1/tasks', { headers: { 'kernelcast-project': project } });
    for (const project of [theirs.project.id, theirs.project.name]) {
      const [answer, nothing] = [await enter(project), await enter(absent(project))];
      expect(answer).toMatchObject({ status: 404, body: { code: 'project_not_found' } });
      expect(shownOf(answer, project)).toEqual(shownOf(nothing, absent(project)));
    }
  });

  it('none of this has changed anything there', async () => {
    expect(await snapshot()).toBe(before);
  });
});

/** Reading first, removing last: what is asked for should still be there. */
const ORDER = ['get', 'patch', 'put', 'post', 'delete'];
const gently = [...withId].sort((a, b) => ORDER.indexOf(a.method) - ORDER.indexOf(b.method));

describe('for its own admin', () => {
  // Without this, what was asked for above might have been hidden by a mistake in the question.
  it.each(named(gently))('%s finds what is here', async (_, route) => {
    for (const reference of referencesOf(route)) {
      const { status, body } = await ask(theirs.owner, route, reference);
      // Its state, its owner or a service that is not here may stand in the way; it was asked well, and about something
      // that is there.
      const { errors } = route;
      const others = [...(errors.includes('forbidden') ? [403] : []), ...(errors.includes('service_unavailable') ? [503] : [])]; // prettier-ignore
      const fine = [200, 201, 202, 204, 409, 412, ...others];
      expect([reference, body, fine.includes(status)]).toEqual([reference, body, true]);
      if (route.method === 'delete') return;
    }
  });
});
