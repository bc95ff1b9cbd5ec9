import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';

import { currentContextFields } from '../trace/work-context.js';

export type { Logger };
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  /** Name of the service, in every line. */
  readonly service: string;
  readonly level?: LogLevel;
  /** `json` for machines, one object a line; `pretty` for a terminal. */
  readonly format?: 'json' | 'pretty';
  /** Standard output by default. */
  readonly destination?: DestinationStream;
}

/** Names under which a secret could reach a log line, at the top or one level down. */
const SECRET_KEYS = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  'password',
  'secret',
  'token',
  'apiKey',
  'credential',
  'enrolmentToken',
  'masterKey',
  'privateKey',
];
const withPrefix = (prefix: string) => (key: string) => (key.startsWith('[') ? `${prefix}${key}` : `${prefix}.${key}`);
const REDACTED = [...SECRET_KEYS, ...SECRET_KEYS.map(withPrefix('*')), ...SECRET_KEYS.map(withPrefix('*.*'))];

/** Makes the logger of a service: one line an event, ISO times, secrets blotted out by name, and on whose behalf it happened. */
export const createLogger = ({ service, level = 'info', format = 'json', destination }: LoggerOptions): Logger => {
  const stream =
    format === 'pretty' ? pretty({ destination, sync: true, ignore: 'pid,hostname,service' }) : destination;
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: currentContextFields,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  return stream ? pino(options, stream) : pino(options);
};
