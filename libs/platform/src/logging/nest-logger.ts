import type { LoggerService } from '@nestjs/common';
import type { Logger } from 'pino';

type NestLevel = 'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal';
const LEVELS = {
  log: 'debug',
  verbose: 'trace',
  debug: 'debug',
  warn: 'warn',
  error: 'error',
  fatal: 'fatal',
} as const;

/**
 * Sends what Nest itself has to say through pino. Nest passes `(message, ...details, context)`, and for errors the stack
 * as a detail. Its account of every module and route at start is kept for the debug level.
 */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log = (message: unknown, ...rest: unknown[]): void => this.write('log', message, rest);
  error = (message: unknown, ...rest: unknown[]): void => this.write('error', message, rest);
  warn = (message: unknown, ...rest: unknown[]): void => this.write('warn', message, rest);
  debug = (message: unknown, ...rest: unknown[]): void => this.write('debug', message, rest);
  verbose = (message: unknown, ...rest: unknown[]): void => this.write('verbose', message, rest);
  fatal = (message: unknown, ...rest: unknown[]): void => this.write('fatal', message, rest);

  private write(level: NestLevel, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const details = rest.slice(0, -1);
    const fields = { context, ...(details.length > 0 ? { details } : {}) };
    if (message instanceof Error) this.logger[LEVELS[level]]({ ...fields, err: message }, message.message);
    else this.logger[LEVELS[level]](fields, String(message));
  }
}
