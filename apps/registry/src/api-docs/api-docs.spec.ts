import { registryOpenApi, registryRoutes } from '@kernelcast/contracts';
import { markup, prose } from './markup.js';
import type { ApiDescription } from './openapi.types.js';
import { apiDocsPage } from './page-view.js';
import { schemaView } from './schema-view.js';

const textOf = (html: string): string => html.replaceAll(/<[^>]+>/g, '');

describe('the page of the API', () => {
  const page = apiDocsPage(registryOpenApi() as unknown as ApiDescription);

  it('has every operation and every error code, once, under a name that can be linked to', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of [...Object.keys(registryRoutes), 'error-rate_limited', 'on-alias.moved'])
      expect(ids).toContain(id);
  });

  it('leads nowhere but to itself and the document, and has nothing that a strict policy forbids', () => {
    const loaded = [...page.matchAll(/ (?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect([...new Set(loaded.filter((target) => !target.startsWith('#')))].sort()).toEqual([
      '/docs/page.css',
      '/docs/page.js',
      '/openapi.json',
    ]);
    expect(page).not.toMatch(/<style| style=| on\w+="|<script(?! src=)/);
  });
});

describe('markup', () => {
  it('escapes what stands in it, and tells code in prose', () => {
    expect(markup`<p title="${'"'}">${'<b>&'}</p>`.text).toBe('<p title="&quot;">&lt;b&gt;&amp;</p>');
    expect(prose('send `a<b` & wait').text).toBe('send <code>a&lt;b</code> &amp; wait');
  });
});

describe('a schema', () => {
  it('reads like a type, with bounds and defaults as remarks', () => {
    const schema = {
      properties: {
        name: { type: 'string', minLength: 2, description: 'Of the thing' },
        kinds: { type: 'array', items: { enum: ['a', 'b'] } },
        parent: {
          anyOf: [{ properties: { id: { type: 'integer', maximum: Number.MAX_SAFE_INTEGER } } }, { type: 'null' }],
        },
        limits: { additionalProperties: { type: 'number' }, default: {} },
      },
      required: ['name'],
    };
    expect(textOf(schemaView(schema).text).split('\n')).toEqual([
      '{',
      '  name: string // length ≥ 2, Of the thing',
      '  kinds?: (&quot;a&quot; | &quot;b&quot;)[]',
      '  parent?: {',
      '    id?: integer',
      '  } | null',
      '  limits?: { [name]: number } // default {}',
      '}',
    ]);
  });
});
