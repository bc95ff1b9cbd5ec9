import { problemSchema, PROJECT_HEADER, type Problem } from '@kernelcast/contracts';
import { createClient, createConfig, type Client } from './generated/client/index.js';
import { reasonOf } from './patient-fetch.js';

/** A request the registry refused; `problem` is its RFC 9457 answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly problem: Problem,
    options?: ErrorOptions,
  ) {
    const places = (problem.errors ?? []).map(({ pointer, detail }) => `${pointer}: ${detail}`);
    super([problem.detail || problem.title, ...places].join('; '), options);
  }
  get code(): string {
    return this.problem.code;
  }
  get status(): number {
    return this.problem.status;
  }
}

/** Turns whatever a failed request left behind into an {@link ApiError}. */
export const toApiError = (body: unknown, response: Response | undefined): ApiError => {
  const problem = problemSchema.safeParse(body);
  if (problem.success) return new ApiError(problem.data);
  const status = response?.status ?? 0;
  const detail = response
    ? `The server answered ${status} ${response.statusText}`
    : `The server cannot be reached: ${reasonOf(body)}`;
  const code = response ? 'unexpected_answer' : 'unreachable';
  return new ApiError(
    { type: 'about:blank', title: 'Request failed', status, detail, code, requestId: '' },
    { cause: body },
  );
};

export interface RegistryClientOptions {
  /** Origin of the registry, e.g. `http://127.0.0.1:7300`; the empty string means the page's own. */
  baseUrl: string;
  /** `kc_…`; a browser leaves it out and uses its session cookie. */
  apiKey?: string;
  /** Project to act in, by id or name; that of the credential when left out. */
  project?: string;
  /** How requests are sent; the platform's own `fetch` when left out. */
  fetch?: typeof fetch;
}

/**
 * A client for the generated operations: `listTasks({ client, throwOnError: true })`.
 * With `throwOnError` a refused request throws {@link ApiError}.
 */
export const createRegistryClient = ({ baseUrl, apiKey, project, fetch }: RegistryClientOptions): Client => {
  const headers = project === undefined ? {} : { [PROJECT_HEADER]: project };
  const client = createClient(
    createConfig({ baseUrl, auth: apiKey, headers, throwOnError: false, ...(fetch && { fetch }) }),
  );
  client.interceptors.error.use((error, response) => toApiError(error, response));
  return client;
};
