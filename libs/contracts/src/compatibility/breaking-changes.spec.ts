import { readFileSync } from 'node:fs';
import { registryOpenApi } from '../openapi/registry-openapi.js';
import { breakingChanges } from './breaking-changes.js';

type Json = Record<string, unknown>;
const string = { type: 'string' };
const object = (properties: Json, required: string[] = [], more: Json = {}) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
  ...more,
});
const json = (schema: unknown) => ({ 'application/json': { schema } });

/** An operation that takes and answers what the released one does, but for what a case changes. */
const operation = (changes: Json = {}) => ({
  operationId: 'makeThing',
  security: [{ apiKey: ['things:write'] }, { session: [] }],
  parameters: [
    { name: 'group', in: 'path', required: true, schema: string },
    { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 200 } },
    { name: 'X-Project', in: 'header', schema: string },
  ],
  requestBody: { required: true, content: json({ $ref: '#/components/schemas/Order' }) },
  responses: {
    '201': {
      headers: { ETag: { required: true, schema: string } },
      content: { ...json({ $ref: '#/components/schemas/Thing' }), 'text/markdown': { schema: string } },
    },
    '404': {},
  },
  ...changes,
});
const ORDER = {
  name: { type: 'string', minLength: 2, maxLength: 20 },
  size: { type: 'number' },
  kind: { enum: ['cat', 'dog'] },
  tags: { type: 'array', items: string },
  limits: { type: 'object', additionalProperties: { type: 'number' } },
  source: {
    anyOf: [object({ form: { const: 'zip' }, path: string }, ['form']), object({ form: { const: 'url' } }, ['form'])],
  },
};
const THING = {
  id: string,
  state: { enum: ['new', 'old'] },
  size: { type: 'integer' },
  parent: { anyOf: [object({ id: string }, ['id']), { type: 'null' }] },
  at: { type: 'string', format: 'date-time' },
};
interface Parts {
  readonly order?: Json;
  readonly thing?: Json;
  readonly paths?: Json;
  readonly event?: unknown;
}
const PATH = '/v1/groups/{group}/things';
const document = ({ order = {}, thing = {}, paths = { [PATH]: { post: operation() } }, event }: Parts = {}) => ({
  paths,
  webhooks: { 'thing.made': { post: { requestBody: { content: json(event ?? object({ id: string }, ['id'])) } } } },
  components: {
    schemas: {
      Order: object({ ...ORDER, ...order }, ['name']),
      Thing: object({ ...THING, ...thing }, Object.keys(THING)),
    },
  },
});
const released = document();
const changed = (changes: Json) => document({ paths: { [PATH]: { post: operation(changes) } } });
const withSchemas = (order: unknown, thing: unknown = released.components.schemas.Thing) => ({
  ...released,
  components: { schemas: { Order: order, Thing: thing } },
});
const { Order, Thing } = released.components.schemas;
const without = (of: Json, name: string) => Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));

describe('a change that breaks clients', () => {
  it.each<[string, unknown, string]>([
    ['an operation that is gone', document({ paths: {} }), 'is gone'],
    ['an operation of another name', changed({ operationId: 'createThing' }), 'is called createThing now'],
    [
      'a parameter that is gone',
      changed({ parameters: operation().parameters.slice(0, 2) }),
      'header parameter X-Project is not taken any more',
    ],
    [
      'a parameter that is newly demanded',
      changed({
        parameters: [...operation().parameters, { name: 'dry', in: 'query', required: true, schema: string }],
      }),
      'query parameter dry must be there now',
    ],
    [
      'a parameter of a tighter bound',
      changed({ parameters: operation().parameters.map((p) => (p.name === 'limit' ? { ...p, schema: { type: 'integer', minimum: 1, maximum: 100 } } : p)) }), // prettier-ignore
      'query parameter limit: the value has the maximum 100 now, which was 200',
    ],
    ['a body of another media type', changed({ requestBody: { content: { 'application/xml': {} } } }), 'body: application/json is not taken any more'], // prettier-ignore
    ['a property that is not taken', withSchemas(object(without(ORDER, 'tags'), ['name'])), 'body: /tags is not taken any more'], // prettier-ignore
    [
      'a property that is newly demanded',
      withSchemas(object(ORDER, ['name', 'kind'])),
      'body: /kind must be there now',
    ],
    ['a listed value that is not taken', document({ order: { kind: { enum: ['cat'] } } }), 'body: /kind does not take "dog" any more'], // prettier-ignore
    ['a property of another type', document({ order: { size: string } }), 'body: /size was number and is string now'],
    ['a property that takes fewer numbers', document({ order: { size: { type: 'integer' } } }), 'body: /size was number and is integer now'], // prettier-ignore
    ['a property of a new pattern', document({ order: { name: { ...ORDER.name, pattern: '^a' } } }), 'body: /name has the pattern "^a" now'], // prettier-ignore
    ['a list of other things', document({ order: { tags: { type: 'array', items: { type: 'number' } } } }), 'body: /tags/* was string and is number now'], // prettier-ignore
    ['a map of other things', document({ order: { limits: { type: 'object', additionalProperties: { type: 'integer' } } } }), 'body: /limits/* was number and is integer now'], // prettier-ignore
    ['an alternative that is not taken', document({ order: { source: ORDER.source.anyOf[0] } }), 'body: /source does not take object any more'], // prettier-ignore
    ['a change within an alternative', document({ order: { source: { anyOf: [object({ form: { const: 'zip' }, path: string }, ['form', 'path']), ORDER.source.anyOf[1]] } } }), 'body: /source/path must be there now'], // prettier-ignore
    ['a status that is gone', changed({ responses: without(operation().responses, '404') }), 'status 404 is gone'],
    ['a header that may be absent', changed({ responses: { ...operation().responses, '201': { ...operation().responses['201'], headers: { ETag: { schema: string } } } } }), 'status 201: header ETag may be absent now'], // prettier-ignore
    ['an answer that is gone', changed({ responses: { ...operation().responses, '201': { ...operation().responses['201'], content: json(Thing) } } }), 'status 201: text/markdown is not answered any more'], // prettier-ignore
    ['a property of an answer that is gone', withSchemas(Order, object(without(THING, 'at'), ['id', 'state', 'size', 'parent'])), 'status 201: /at is gone'], // prettier-ignore
    ['a property of an answer that may be absent', withSchemas(Order, object(THING, ['id', 'state', 'parent', 'at'])), 'status 201: /size may be absent now'], // prettier-ignore
    ['an answer that may be null', document({ thing: { id: { anyOf: [string, { type: 'null' }] } } }), 'status 201: /id may be null now'], // prettier-ignore
    ['a number that need not be whole', document({ thing: { size: { type: 'number' } } }), 'status 201: /size was integer and is number now'], // prettier-ignore
    ['listed values that become free', document({ thing: { state: string } }), 'status 201: /state was one of "new", "old" and may be anything now'], // prettier-ignore
    ['another format', document({ thing: { at: { type: 'string', format: 'date' } } }), 'status 201: /at has the format "date" now'], // prettier-ignore
    ['a credential that was not asked for', { now: changed({}), before: changed({ security: [] }) }, 'asks for a credential now'], // prettier-ignore
    ['another scope', changed({ security: [{ apiKey: ['admin:write'] }, { session: [] }] }), 'cannot be called any more with apiKey of the scope things:write'], // prettier-ignore
    ['narrowed keys that are refused', changed({ security: [{ apiKey: [] }, { session: [] }] }), 'cannot be called any more with apiKey of the scope things:write'], // prettier-ignore
  ])('is %s', (_, now, message) => {
    const pair = now as { before?: unknown; now?: unknown };
    const changes = pair.before ? breakingChanges(pair.before, pair.now) : breakingChanges(released, now);
    expect(changes).toEqual([expect.stringContaining(`POST /v1/groups/{}/things: ${message}`)]);
  });

  it('is less in a webhook', () => {
    expect(breakingChanges(released, document({ event: object({}) }))).toEqual(['webhook thing.made: /id is gone']);
    expect(breakingChanges(released, { ...released, webhooks: {} })).toEqual(['webhook thing.made: is gone']);
  });

  it('is one in a keyword that the comparison does not understand', () => {
    const now = document({ order: { tags: { ...ORDER.tags, contains: string } } });
    expect(breakingChanges(released, now)).toEqual([expect.stringContaining('/tags has another contains')]);
  });
});

describe('a change that breaks nobody', () => {
  it.each<[string, unknown]>([
    ['none', document()],
    ['an operation more', document({ paths: { ...released.paths, '/v1/new': { get: operation() } } })],
    ['a parameter of the path with another name', document({ paths: { '/v1/groups/{id}/things': { post: operation({ parameters: operation().parameters.map((p) => (p.in === 'path' ? { ...p, name: 'id' } : p)) }) } } })], // prettier-ignore
    ['a parameter more', changed({ parameters: [...operation().parameters, { name: 'dry', in: 'query', schema: string }] })], // prettier-ignore
    ['a property more', document({ order: { colour: string }, thing: { colour: string } })],
    ['a demand less', withSchemas(object(ORDER))],
    ['a promise more', withSchemas(Order, object({ ...THING, colour: string }, [...Object.keys(THING), 'colour']))],
    ['wider bounds', document({ order: { name: { type: 'string', minLength: 1, maxLength: 30 } } })],
    ['more listed values', document({ order: { kind: { enum: ['cat', 'dog', 'eel'] } }, thing: { state: { enum: ['new', 'old', 'lost'] } } })], // prettier-ignore
    ['an alternative more to send', document({ order: { size: { anyOf: [{ type: 'number' }, string] } } })],
    ['an alternative less to get', document({ thing: { parent: THING.parent.anyOf[0] } })],
    ['a status more', changed({ responses: { ...operation().responses, '429': {} } })],
    ['no credential to ask for', changed({ security: [] })],
    ['other words', changed({ summary: 'Make a thing', description: 'At once' })],
  ])('is %s', (_, now) => {
    expect(breakingChanges(released, now)).toEqual([]);
  });
});

describe('the API', () => {
  it('breaks nothing that was released; what must break is accepted by `npm run openapi -- release`', () => {
    const file = new URL('../../../../docs/openapi.released.json', import.meta.url);
    expect(breakingChanges(JSON.parse(readFileSync(file, 'utf8')), registryOpenApi())).toEqual([]);
  });
});
