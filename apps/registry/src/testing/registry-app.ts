import { randomBytes } from 'node:crypto';
import type { Problem, Role } from '@kernelcast/contracts';
import { createDatabase, type Database } from '@kernelcast/database';
import { createLogger, readConfig } from '@kernelcast/platform';
import { createTestDatabase, tempDir } from '@kernelcast/testing';
import type { AppOptions } from '../app.module.js';
import { registryConfigSchema } from '../config/registry.config.js';
import { startRegistry } from '../startup/start-registry.js';

const ADMIN_KEY = `kc_${'A'.repeat(43)}`;

export interface ApiRequest {
  readonly body?: unknown;
  /** Sent as it is, with its content type among the headers. */
  readonly raw?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** API key; that of who asks when left out, none when null. */
  readonly key?: string | null;
}

export interface ApiAnswer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A registry that listens on a port of its own, with a database and an object store of its own. */
export class TestRegistry {
  static readonly adminKey = ADMIN_KEY;
  /** Of who asks, where a request does not say. */
  private key = ADMIN_KEY;

  private constructor(
    readonly url: string,
    readonly database: Database,
    readonly storeFolder: string,
    readonly databaseUrl: string,
    readonly close: () => Promise<void>,
  ) {}

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<TestRegistry> {
    process.env['KERNELCAST_CHECK_RESPONSES'] = '1';
    const testDatabase = await createTestDatabase();
    const store = tempDir('registry-store');
    const options = testOptions({ DATABASE_URL: testDatabase.url, KERNELCAST_STORE_DIR: store.path, ...environment });
    const service = await startRegistry(options);
    const database = createDatabase(testDatabase.url, { max: 2 });
    return new TestRegistry(service.url ?? '', database, store.path, testDatabase.url, async () => {
      await service.close();
      await database.close();
      await testDatabase.drop();
      store.remove();
    });
  }

  /** The same registry, asked by somebody else. */
  as(key: string): TestRegistry {
    const { url, database, storeFolder, databaseUrl, close } = this;
    const seen = new TestRegistry(url, database, storeFolder, databaseUrl, close);
    seen.key = key;
    return seen;
  }

  async call<T = unknown>(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    const headers = headersOf({ ...request, key: request.key === undefined ? this.key : request.key });
    const response = await fetch(this.url + path, { method, ...bodyOf(request), headers });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
  }

  get<T>(path: string, request?: ApiRequest): Promise<ApiAnswer<T>> {
    return this.call<T>('GET', path, request);
  }

  post<T>(path: string, body?: unknown, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    return this.call<T>('POST', path, { ...request, body });
  }

  /** Creates something and gives it back. @throws Error with the answer when that was refused. */
  async made<T>(path: string, body?: unknown, request?: ApiRequest): Promise<T> {
    const answer = await this.post<T>(path, body, request);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async keyOf(role: Role): Promise<string> {
    return (await this.made<{ secret: string }>('/v1/api-keys', { name: role, role })).secret;
  }
}

/** What a registry is started with in tests; `environment` names at least the database and the store. */
export const testOptions = (environment: Readonly<Record<string, string>>): AppOptions => ({
  config: readConfig(registryConfigSchema, {
    KERNELCAST_MASTER_KEY: randomBytes(32).toString('base64url'),
    KERNELCAST_BOOTSTRAP_API_KEY: ADMIN_KEY,
    KERNELCAST_MIGRATE: '0',
    // Specs send thousands of requests by one key, and of wrong credentials.
    KERNELCAST_RATE_LIMIT_PER_MINUTE: '0',
    KERNELCAST_RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    ...environment,
  }),
  logger: createLogger({ service: 'registry', level: 'silent' }),
  version: '0.0.0',
});

const bodyOf = ({ body, raw }: ApiRequest): RequestInit => {
  if (raw !== undefined) return { body: raw, ...({ duplex: 'half' } as RequestInit) };
  return body === undefined ? {} : { body: JSON.stringify(body) };
};

const headersOf = ({ body, key, headers }: ApiRequest): Record<string, string> => ({
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  ...(key === null || key === undefined ? {} : { authorization: `Bearer ${key}` }),
  ...headers,
});

/** What a test looks at in a refusal. */
export const problemOf = ({ status, headers, body }: ApiAnswer) => {
  const { code, detail } = body as Problem;
  return { status, code, detail, type: headers.get('content-type')?.split(';')[0] };
};
