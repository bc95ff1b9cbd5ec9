import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { EmbeddedPlatform } from '../embedded/embedded-platform.js';
import { withExamples } from '../framework/registry-command.js';
import { untilSignal } from './signals.js';

export const DEFAULT_DATA_DIR = '.kernelcast';

interface UpFlags {
  dataDir: string;
  host: string;
  port?: number;
  json?: boolean;
}

/** A port number from the command line. */
const parsePort = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a port number.');
  return port;
};

/** The dashboard's address, with the key in the fragment, which logs a browser in and never leaves it. */
const dashboardLink = ({ registryUrl, adminApiKey }: EmbeddedPlatform): string => `${registryUrl}/#key=${adminApiKey}`;

/** Where everything is, for people. */
export const describePlatform = (platform: EmbeddedPlatform): string =>
  [
    `  dashboard     ${dashboardLink(platform)}`,
    `  registry API  ${platform.registryUrl}/v1  (OpenAPI: /openapi.json)`,
    `  device API    ${platform.deliveryUrl}/device/v1`,
    `  admin key     ${platform.adminApiKey}`,
    `  database      ${platform.databaseUrl}`,
    `  queue         ${platform.queue}`,
    `  objects       ${platform.objectStore}`,
    `  logs          ${platform.logs}`,
  ].join('\n');

const run = async ({ dataDir, host, port, json }: UpFlags): Promise<void> => {
  // Loaded here: other commands start faster without Postgres and the networks.
  const { startEmbeddedPlatform } = await import('../embedded/embedded-platform.js');
  const signal = untilSignal();
  const platform = await startEmbeddedPlatform({
    dataDir: path.resolve(dataDir),
    host,
    ports: port === undefined ? {} : { registry: port },
    env: process.env,
    onProgress: (text) => console.error(`· ${text}`),
  });
  if (json) {
    const { registryUrl, deliveryUrl, databaseUrl, adminApiKey } = platform;
    console.log(
      JSON.stringify({ registryUrl, deliveryUrl, dashboardUrl: dashboardLink(platform), databaseUrl, adminApiKey }),
    );
  } else
    console.log(
      `\nKernelcast is up.\n\n${describePlatform(platform)}\n\nOther terminals: kernelcast whoami, kernelcast --help\nPress Ctrl-C to stop.`,
    );
  await signal;
  console.error('\n· stopping');
  await platform.stop();
};

/** `kernelcast up`: the whole system on this machine, on embedded defaults. */
export const upCommand = (): Command =>
  withExamples(
    new Command('up')
      .description('start registry, delivery, trainer and dashboard on this machine')
      .option('-d, --data-dir <folder>', 'where everything is kept; a second start continues with it', DEFAULT_DATA_DIR)
      .option('--host <address>', 'address to listen on', '127.0.0.1')
      .option('-p, --port <number>', 'port of the registry and dashboard (default: 7300, or a free one)', parsePort)
      .option('--json', 'print the addresses as one line of JSON')
      .action(run),
    ['up', 'up --data-dir /var/lib/kernelcast --port 8080'],
    'Other commands of the same user find it by themselves while it runs.\n' +
      'DATABASE_URL, REDIS_URL and S3_ENDPOINT, S3_BUCKET, S3_REGION, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY\n' +
      'switch database, queue and object store to real servers.',
  );
