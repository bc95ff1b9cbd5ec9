import { z } from 'zod';
import { ConfigError, environmentShapes, readConfig } from './config.js';

const schema = z.object({
  ...environmentShapes.http,
  ...environmentShapes.database,
  ...environmentShapes.redis,
  ...environmentShapes.masterKey,
  ...environmentShapes.objectStore,
});
const key = Buffer.alloc(32, 7).toString('base64url');
const minimal = { DATABASE_URL: 'postgresql://u:p@localhost/db', KERNELCAST_MASTER_KEY: key };

describe('the configuration', () => {
  it('has defaults for what need not be said', () => {
    const config = readConfig(schema, minimal);
    expect(config).toMatchObject({ KERNELCAST_HOST: '127.0.0.1', KERNELCAST_PORT: 0, S3_FORCE_PATH_STYLE: true });
    expect(config.REDIS_URL).toBeUndefined();
    expect(config.KERNELCAST_MASTER_KEY).toEqual(Buffer.alloc(32, 7));
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig(schema, { ...minimal, REDIS_URL: '', KERNELCAST_PORT: '' })).toMatchObject({
      KERNELCAST_PORT: 0,
    });
  });

  it('lists every fault at once, by name, and never a value', () => {
    const broken = {
      DATABASE_URL: 'mysql://root:hunter2@db',
      REDIS_URL: 'localhost',
      KERNELCAST_PORT: '99999',
      KERNELCAST_MASTER_KEY: 'c2hvcnQ',
    };
    const read = () => readConfig(schema, broken);
    expect(read).toThrow(ConfigError);
    const error = (() => {
      try {
        return read();
      } catch (caught) {
        return caught as ConfigError;
      }
    })() as ConfigError;
    expect(error.faults.map((fault) => fault.split(':')[0]).sort()).toEqual(Object.keys(broken).sort());
    expect(error.message).not.toMatch(/hunter2|c2hvcnQ/);
  });

  it('says which variable is missing', () => {
    expect(() => readConfig(schema, {})).toThrow(/DATABASE_URL: must be a postgresql:\/\/ URL/);
  });
});
