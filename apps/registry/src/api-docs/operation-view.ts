import type { ApiDescription, Answer, Content, Operation, Parameter } from './openapi.types.js';
import { markup, prose, type Markup } from './markup.js';
import { remarksOf, schemaView, typeView } from './schema-view.js';

/** One operation and where it is. */
export interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const PROBLEM = 'application/problem+json';

/** All that there is to know about an operation. */
export const operationView = ({ method, path, operation }: Place, document: ApiDescription): Markup => {
  const { operationId, summary, requestBody } = operation;
  return markup`<article id="${operationId}" class="operation">
    <h3>
      <a href="#${operationId}"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></a>
    </h3>
    <p class="summary">${prose(summary)}</p>
    <p class="facts">${factsOf(operation)}</p>
    <details>
      <summary>Details</summary>
      ${exampleView(method, path, operation)} ${parametersView(operation.parameters, document)}
      ${
        requestBody &&
        markup`<h4>Body</h4>
          ${contentView(requestBody.content)}`
      }
      ${Object.entries(operation.responses).map(([status, answer]) => answerView(status, answer))}
    </details>
  </article> `;
};

const factsOf = (operation: Operation): Markup => {
  const scopes = operation.security.flatMap(({ apiKey = [] }) => apiKey);
  const roles = operation['x-roles'] ?? [];
  const cost = operation['x-rate-cost'];
  return markup`<span>${roles.length === 0 ? 'Open to everybody' : roles.join(', ')}</span>
    ${scopes.map((scope) => markup`<span>scope <code>${scope}</code></span> `)}
    ${cost === undefined ? undefined : markup`<span>costs ${cost}</span>`}`;
};

const exampleView = (method: string, path: string, { parameters, requestBody, security }: Operation): Markup => {
  const type = Object.keys(requestBody?.content ?? {})[0];
  const query = parameters.filter(({ in: place, required }) => place === 'query' && required);
  const url = `$KERNELCAST_URL${path}${query.map(({ name }, index) => `${index === 0 ? '?' : '&'}${name}=…`).join('')}`;
  const headers = [
    ...(security.length > 0 ? ['authorization: Bearer $KERNELCAST_API_KEY'] : []),
    ...parameters.filter(({ in: place, required }) => place === 'header' && required).map(({ name }) => `${name}: …`),
    ...(type && type !== 'multipart/form-data' ? [`content-type: ${type}`] : []),
  ];
  const lines = [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "${url}"`,
    ...headers.map((header) => `-H "${header}"`),
    ...(type === undefined ? [] : [dataOf(type)]),
  ];
  return markup`<pre class="example">${lines.join(' \\\n  ')}</pre>`;
};

const dataOf = (type: string): string => {
  if (type === 'application/json') return '-d @body.json';
  return type === 'multipart/form-data' ? '-F part=@file' : '-T file';
};

const parametersView = (parameters: readonly Parameter[], { components }: ApiDescription): Markup | undefined => {
  if (parameters.length === 0) return undefined;
  const rows = parameters.map((given) => {
    const parameter = given.$ref ? (components.parameters[given.$ref.split('/').at(-1) ?? ''] ?? given) : given;
    const { name, in: place, required, schema, description = '' } = parameter;
    const remarks = [description, remarksOf(schema)].filter((text) => text !== '').join('; ');
    return markup`<tr>
      <td><code>${name}</code>${required ? markup`<b title="must be there">*</b>` : undefined}</td>
      <td>${place}</td>
      <td>${typeView(schema)}</td>
      <td>${prose(remarks)}</td>
    </tr> `;
  });
  return markup`<h4>Parameters</h4>
    <div class="wide">
      <table>
        ${rows}
      </table>
    </div>`;
};

/** Refusals are all of one shape, which the page shows once: of each the codes are enough. */
const answerView = (status: string, { description, content = {}, headers = {} }: Answer): Markup => {
  const named = Object.keys(headers).filter((name) => !name.startsWith('RateLimit'));
  const isProblem = Object.keys(content)[0] === PROBLEM;
  return markup`<h4><span class="status s${status[0]}">${status}</span> ${isProblem ? '' : description}</h4>
    ${
      isProblem
        ? markup`<ul class="codes">
            ${description.split('; ').map((code) => markup`<li>${prose(code)}</li>`)}
          </ul>`
        : undefined
    }
    ${named.length === 0 ? undefined : markup`<p class="headers">Headers: ${named.map((name) => markup`<code>${name}</code> `)}</p>`}
    ${isProblem ? undefined : contentView(content)}`;
};

/** What is sent or answered, by its media types. */
export const contentView = (content: Content): readonly Markup[] =>
  Object.entries(content).map(([type, { schema }]) =>
    schema
      ? markup`<p class="media">${type}</p>
          ${schemaView(schema)}`
      : markup`<p class="media">${type}</p>`,
  );
