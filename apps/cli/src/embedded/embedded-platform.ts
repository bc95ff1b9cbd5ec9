import { existsSync } from 'node:fs';
import path from 'node:path';
import { announceInstance } from '../connection/local-instances.js';
import { instancesFolder } from '../connection/user-folders.js';
import { DataDir } from './data-dir.js';
import { EmbeddedDatabase } from './embedded-database.js';
import { choosePorts, type Ports } from './ports.js';
import { registerBuiltinBases } from './register-base.js';
import { ServiceProcess } from './service-process.js';

export interface EmbeddedOptions {
  dataDir: string;
  host: string;
  ports?: Partial<Ports>;
  /** Environment that may switch parts to real servers: `DATABASE_URL`, `REDIS_URL`, `S3_*`. */
  env: NodeJS.ProcessEnv;
  onProgress: (text: string) => void;
}

export interface EmbeddedPlatform {
  registryUrl: string;
  deliveryUrl: string;
  adminApiKey: string;
  databaseUrl: string;
  objectStore: string;
  queue: string;
  logs: string;
  /** Stops all in order; every service ends its work first. */
  stop(): Promise<void>;
}

const APPS = path.resolve(import.meta.dirname, '../../..');
const script = (app: string) => path.join(APPS, app, 'dist/main.js');
/** What the caller may set for the services; what this function decides itself overrides it. */
const PASSED_ON = /^(S3_|AWS_|REDIS_URL$|LOG_LEVEL$|KERNELCAST_(?!BOOTSTRAP))/;

const START_ATTEMPTS = 3;

const withoutPassword = (url: string): string => {
  const shown = new URL(url);
  if (shown.password) shown.password = '***';
  return shown.href;
};

/** Undo steps, run in the reverse order of their making. */
class Unwind {
  private readonly steps: Array<() => Promise<void> | void> = [];
  add(step: () => Promise<void> | void): void {
    this.steps.push(step);
  }
  async run(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) await step();
  }
}

interface StartContext {
  dir: DataDir;
  options: EmbeddedOptions;
  ports: Ports;
  unwind: Unwind;
}

const database = async ({ dir, options, ports, unwind }: StartContext): Promise<string> => {
  const given = options.env['DATABASE_URL'];
  if (given) return given;
  options.onProgress('starting Postgres');
  const postgres = await EmbeddedDatabase.start({
    dataDir: dir.path('postgres'),
    port: ports.postgres,
    onNotice: options.onProgress,
  });
  unwind.add(() => postgres.stop());
  return postgres.url;
};

const sharedEnv = (
  dir: DataDir,
  databaseUrl: string,
  ports: Ports,
  options: EmbeddedOptions,
): Record<string, string> => {
  const passedOn = Object.entries(options.env).filter(([name, value]) => value && PASSED_ON.test(name)) as [
    string,
    string,
  ][];
  return {
    ...Object.fromEntries(passedOn),
    DATABASE_URL: databaseUrl,
    KERNELCAST_STORE_DIR: dir.path('objects'),
    KERNELCAST_MASTER_KEY: dir.secrets().masterKey,
    KERNELCAST_HOST: options.host,
    KERNELCAST_EVENTS_PORT: String(ports.events),
  };
};

/**
 * Starts Postgres, registry, delivery and trainer on this machine, each in its own process, with everything they
 * keep under one folder. A second start with the same folder continues where the first stopped.
 *
 * @throws DataDirInUseError when another instance holds the folder
 * @throws Error when a service cannot start; what had started is stopped again.
 */
export const startEmbeddedPlatform = async (options: EmbeddedOptions): Promise<EmbeddedPlatform> => {
  const dir = new DataDir(options.dataDir);
  dir.lock();
  const choose = () => choosePorts(options.host, options.ports, dir.ports());
  let ports = await choose();
  for (let attempt = 1; ; attempt += 1) {
    const unwind = new Unwind();
    unwind.add(() => dir.unlock());
    try {
      const platform = await startServices({ dir, options, ports, unwind });
      dir.keepPorts(ports);
      return platform;
    } catch (error) {
      await unwind.run();
      // Somebody may have taken a port between our choice and its use: then other ports are free now.
      const free = await choose();
      const taken = Object.values(ports).some((port) => !Object.values(free).includes(port));
      if (!taken || attempt === START_ATTEMPTS) throw error;
      ports = free;
      dir.lock();
    }
  }
};

const startServices = async (context: StartContext): Promise<EmbeddedPlatform> => {
  const { dir, options, ports, unwind } = context;
  const { adminApiKey } = dir.secrets();
  const databaseUrl = await database(context);
  const shared = sharedEnv(dir, databaseUrl, ports, options);
  const start = async (name: 'registry' | 'delivery' | 'trainer', env: Record<string, string>) => {
    options.onProgress(`starting ${name}`);
    if (!existsSync(script(name))) throw new Error(`${name} is not built: run "npm run build" first`);
    const logFile = dir.path('logs', `${name}.log`);
    const service = new ServiceProcess({
      name,
      script: script(name),
      logFile,
      env: { ...shared, KERNELCAST_PORT: String(ports[name]), ...env },
      onNotice: options.onProgress,
    });
    unwind.add(() => service.stop());
    return service.start();
  };
  const registryUrl = await start('registry', {
    KERNELCAST_BOOTSTRAP_API_KEY: adminApiKey,
    KERNELCAST_DASHBOARD_DIR: path.join(APPS, 'dashboard/dist'),
  });
  const [deliveryUrl] = await Promise.all([
    start('delivery', {}),
    start('trainer', { KERNELCAST_CACHE_DIR: dir.path('cache') }),
    registerBuiltinBases({ baseUrl: registryUrl, apiKey: adminApiKey }),
  ]);
  announce(context, registryUrl, databaseUrl);
  return {
    registryUrl,
    deliveryUrl,
    adminApiKey,
    databaseUrl: withoutPassword(databaseUrl),
    objectStore: options.env['S3_BUCKET'] ? `s3://${options.env['S3_BUCKET']}` : dir.path('objects'),
    queue: options.env['REDIS_URL'] ? withoutPassword(options.env['REDIS_URL']) : 'Postgres',
    logs: dir.path('logs'),
    stop: () => unwind.run(),
  };
};

/** Lets other commands of this user find the platform; it runs as well when nobody can be told. */
const announce = ({ dir, options, unwind }: StartContext, server: string, databaseUrl: string): void => {
  const credential = dir.secrets().adminApiKey;
  const instance = { pid: process.pid, server, credential, dataDir: dir.root, databaseUrl };
  try {
    unwind.add(announceInstance(instancesFolder(options.env), instance));
  } catch (error) {
    options.onProgress(`other commands need --server and KERNELCAST_API_KEY: ${(error as Error).message}`);
  }
};
