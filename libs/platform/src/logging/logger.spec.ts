import { Writable } from 'node:stream';
import { createLogger, type LoggerOptions } from './logger.js';
import { NestLogger } from './nest-logger.js';

const collect = (options: Partial<LoggerOptions> = {}) => {
  const lines: string[] = [];
  const destination = new Writable({
    write: (line: Buffer, _encoding, done) => {
      lines.push(line.toString());
      done();
    },
  });
  const logger = createLogger({ service: 'registry', ...options, destination });
  return { logger, lines, entries: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
};

describe('the logger', () => {
  it('writes one JSON object a line, with service, level and time', () => {
    const { logger, entries } = collect();
    logger.info({ url: 'http://x' }, 'ready');
    expect(entries()).toEqual([
      {
        service: 'registry',
        level: 'info',
        url: 'http://x',
        msg: 'ready',
        time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      },
    ]);
  });

  it('blots secrets out, wherever they stand', () => {
    const { logger, lines } = collect();
    logger.info({ token: 'S1', headers: { authorization: 'Bearer S2', cookie: 'S3', 'set-cookie': ['S4'] } }, 'a');
    logger.info({ req: { headers: { authorization: 'S5' } }, key: { privateKey: 'S6', masterKey: 'S7' } }, 'b');
    logger.info({ body: { enrolmentToken: 'S8', apiKey: 'S9', password: 'S10' } }, 'c');
    expect(lines.join('')).not.toMatch(/S\d/);
    expect(lines.join('').match(/\[redacted\]/g)).toHaveLength(10);
  });

  it('keeps to its level', () => {
    const { logger, lines } = collect({ level: 'warn' });
    logger.info('no');
    logger.warn('yes');
    expect(lines).toHaveLength(1);
  });

  it('keeps the causes of an error', () => {
    const { logger, lines } = collect();
    logger.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(lines[0]).toContain('inner');
  });

  it('writes for people when asked to', () => {
    const { logger, lines } = collect({ format: 'pretty' });
    logger.info('ready');
    expect(lines.join('')).toMatch(/INFO.*ready/);
  });
});

describe("Nest's words", () => {
  it('come through with their context, its chatter at the debug level', () => {
    const { logger, entries } = collect({ level: 'debug' });
    const nest = new NestLogger(logger);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.error('It broke', 'Error: It broke\n  at x', 'ExceptionHandler');
    expect(entries()).toMatchObject([
      { level: 'debug', msg: 'Mapped {/x, GET} route', context: 'RouterExplorer' },
      { level: 'error', msg: 'It broke', context: 'ExceptionHandler', details: ['Error: It broke\n  at x'] },
    ]);
  });
});
