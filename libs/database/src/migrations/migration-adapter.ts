import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, type SqlDriverAdapter } from '@prisma/driver-adapter-utils';
import pg from 'pg';

/** Types in `pg_type`, by OID, that only Postgres' own catalogue uses and the adapter does not know. */
const CHAR = 18;
/** name, int2vector, pg_node_tree, regclass: as text (25) they mean the same to the engine. */
const CATALOGUE_TEXTS = new Set([19, 22, 194, 2205]);
const TEXT = 25;

interface Result {
  fields?: { dataTypeID: number }[];
  rows?: unknown[];
}

/** Columns of type "char", by the rows they belong to: the engine asks for one character there, not for a text. */
const charColumns = new WeakMap<object, number[]>();

const withKnownTypes = (result: Result): Result => {
  const fields = result.fields ?? [];
  if (result.rows)
    charColumns.set(
      result.rows,
      [...fields.keys()].filter((i) => fields[i]?.dataTypeID === CHAR),
    );
  for (const field of fields) {
    if (field.dataTypeID === CHAR || CATALOGUE_TEXTS.has(field.dataTypeID)) field.dataTypeID = TEXT;
  }
  return result;
};

const withKnownTypesInAll = <R extends Result | Result[]>(result: R): R => {
  for (const one of Array.isArray(result) ? result : [result]) withKnownTypes(one);
  return result;
};

type AnyQuery = (...args: unknown[]) => Promise<Result> | undefined;

/** A `pg` client whose results name only types that the adapter knows. */
class CatalogueClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // `query` has a dozen overloads, with a promise and with a callback; only what comes back matters here.
    const query = this.query.bind(this) as AnyQuery;
    const patched: AnyQuery = (...args) => {
      const callback = args.at(-1);
      if (typeof callback !== 'function') return query(...args)?.then(withKnownTypesInAll);
      const tell = (error: unknown, result?: Result): unknown => callback(error, result && withKnownTypesInAll(result));
      return query(...args.slice(0, -1), tell);
    };
    Object.assign(this, { query: patched });
  }
}

const poolConfig = (url: URL): pg.PoolConfig & { Client: typeof pg.Client } => ({
  host: url.hostname,
  port: Number(url.port || 5432),
  user: decodeURIComponent(url.username),
  password: decodeURIComponent(url.password) || undefined,
  database: decodeURIComponent(url.pathname.slice(1)),
  Client: CatalogueClient,
  allowExitOnIdle: true,
  // One session for everything: the engine takes an advisory lock and expects to keep it.
  idleTimeoutMillis: 0,
  max: 1,
});

type PgAdapter = Awaited<ReturnType<PrismaPg['connect']>>;

/**
 * Runs a script as one simple query, which Postgres makes one transaction (the adapter would split it at every `;`),
 * and tells the engine which columns are single characters.
 */
const adapted = (adapter: PgAdapter): PgAdapter => {
  const plainQuery = adapter.queryRaw.bind(adapter);
  const queryRaw: SqlDriverAdapter['queryRaw'] = async (query) => {
    const result = await plainQuery(query);
    for (const index of charColumns.get(result.rows) ?? []) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  const executeScript: SqlDriverAdapter['executeScript'] = async (script) => {
    await adapter.underlyingDriver().query(script);
  };
  // Both the engine and we dispose, and the pool minds being ended twice.
  const end = adapter.dispose.bind(adapter);
  let ended: Promise<void> | undefined;
  const dispose = (): Promise<void> => (ended ??= end());
  return Object.assign(adapter, { queryRaw, executeScript, dispose });
};

/**
 * Prisma's Postgres adapter as the WASM schema engine needs it: catalogue types, scripts run as a whole, and a
 * shadow database that is left before it is dropped.
 */
export class MigrationAdapter extends PrismaPg {
  private readonly url: URL;
  private readonly connected: PgAdapter[] = [];

  constructor(url: string) {
    super(poolConfig(new URL(url)));
    this.url = new URL(url);
  }

  override async connect(): Promise<PgAdapter> {
    const adapter = adapted(await super.connect());
    this.connected.push(adapter);
    return adapter;
  }

  /** Ends every connection. The engine does not, and its advisory lock lasts as long as the session that took it. */
  async close(): Promise<void> {
    await Promise.all(this.connected.splice(0).map((adapter) => adapter.dispose()));
  }

  override async connectToShadowDb(): Promise<PgAdapter> {
    const name = `prisma_migrate_shadow_db_${randomUUID()}`;
    const admin = await this.connect();
    await admin.executeScript(`CREATE DATABASE "${name}"`);
    const shadowUrl = Object.assign(new URL(this.url), { pathname: `/${name}` });
    const shadow = await new MigrationAdapter(shadowUrl.href).connect();
    const leave = shadow.dispose.bind(shadow);
    const dispose = async (): Promise<void> => {
      await leave();
      await admin.executeScript(`DROP DATABASE "${name}" WITH (FORCE)`);
      await admin.dispose();
    };
    return Object.assign(shadow, { dispose });
  }
}
