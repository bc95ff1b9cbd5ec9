import { errorCatalogue, errorRemedies, type ErrorCode } from '@kernelcast/contracts';
import { CONVENTIONS } from './conventions.js';
import { markup, prose, type Markup } from './markup.js';
import type { ApiDescription } from './openapi.types.js';
import { contentView, operationView, type Place } from './operation-view.js';
import { schemaView } from './schema-view.js';

const byTag = ({ paths }: ApiDescription): Map<string, Place[]> => {
  const tags = new Map<string, Place[]>();
  for (const [path, item] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags[0] ?? 'Other';
      tags.set(tag, [...(tags.get(tag) ?? []), { method, path, operation }]);
    }
  }
  return tags;
};

const anchorOf = (tag: string): string => `tag-${tag.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;

/** The API as a page for people: one document that needs nothing but a style sheet, and a script only to be searched. */
export const apiDocsPage = (document: ApiDescription): string => {
  const tags = [...byTag(document)];
  const { title, version } = document.info;
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} API</title>
        <link rel="stylesheet" href="/docs/page.css" />
        <script src="/docs/page.js" defer></script>
      </head>
      <body>
        <header>
          <h1>${title} API <small>${version}</small></h1>
          <label class="search" hidden
            >Search <input type="search" id="search" placeholder="path, word, property, code" autocomplete="off" />
            <kbd>/</kbd></label
          >
          <output id="found" for="search"></output>
          <a class="raw" href="/openapi.json">openapi.json</a>
        </header>
        <nav aria-label="Operations">
          <details open>
            <summary>Operations</summary>
            ${tags.map(navOf)}
          </details>
        </nav>
        <main>
          <section id="conventions">
            <h2>Conventions</h2>
            ${CONVENTIONS.map(
              ([name, text]) =>
                markup`<h3>${name}</h3>
                  <p>${prose(text)}</p>`,
            )}
            ${schemaView(document.components.schemas.Problem)}
          </section>
          ${tags.map(
            ([tag, places]) =>
              markup`<section id="${anchorOf(tag)}">
                <h2>${tag}</h2>
                ${places.map((place) => operationView(place, document))}
              </section> `,
          )}
          ${webhooksOf(document)} ${errorsOf()}
        </main>
      </body>
    </html> `.text;
};

const navOf = ([tag, places]: [string, Place[]]): Markup =>
  markup`<h2><a href="#${anchorOf(tag)}">${tag}</a></h2>
    <ul>
      ${places.map(
        ({ method, path, operation: { operationId } }) =>
          markup`<li data-for="${operationId}">
            <a href="#${operationId}"
              ><span class="method ${method}">${method.toUpperCase()}</span>${path.replace('/v1/', '')}</a
            >
          </li> `,
      )}
    </ul>`;

const webhooksOf = ({ webhooks = {} }: ApiDescription): Markup =>
  markup`<section id="webhooks-sent">
    <h2>Requests that webhooks get</h2>
    ${Object.entries(webhooks).map(
      ([name, { post }]) =>
        markup`<article id="on-${name}" class="operation">
          <h3>
            <a href="#on-${name}"><span class="method post">POST</span> <code>${name}</code></a>
          </h3>
          <p class="summary">${prose(post.summary)}</p>
          <details>
            <summary>Details</summary>
            ${contentView(post.requestBody?.content ?? {})}
          </details>
        </article> `,
    )}
  </section>`;

const errorsOf = (): Markup => {
  const codes = Object.entries(errorCatalogue) as [ErrorCode, { status: number; title: string }][];
  const rows = codes
    .sort(([a, x], [b, y]) => x.status - y.status || a.localeCompare(b, 'en'))
    .map(
      ([code, { status, title }]) =>
        markup`<tr id="error-${code}">
          <td>${status}</td>
          <td><code>${code}</code></td>
          <td>${title}</td>
          <td>${prose(errorRemedies[code])}</td>
        </tr> `,
    );
  return markup`<section id="errors">
    <h2>Error codes</h2>
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>Status</th>
            <th>Code</th>
            <th>Meaning</th>
            <th>What to do</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
  </section>`;
};
