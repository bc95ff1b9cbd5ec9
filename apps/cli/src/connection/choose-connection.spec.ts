import { chooseConnection, parseServer, type Surroundings } from './choose-connection.js';

const production = { server: 'https://kc.example.org', credential: 'kc_production', project: 'vision' };
const local = { pid: 7, server: 'http://127.0.0.1:7300', credential: 'kc_local', dataDir: '/home/me/.kernelcast' };
const choose = (around: Partial<Surroundings>) =>
  chooseConnection({ flags: {}, env: {}, profiles: { profiles: {} }, instances: [], folder: '/home/me', ...around });
const saved = { current: 'production', profiles: { production, staging: { server: 'https://staging.example.org' } } };

describe('chooseConnection', () => {
  it('finds the platform of this machine without any configuration', () => {
    expect(choose({ instances: [local] })).toMatchObject({ server: local.server, credential: 'kc_local' });
  });

  it('prefers the profile that was logged in to, and "local" names the platform here', () => {
    expect(choose({ profiles: saved, instances: [local] })).toMatchObject(production);
    const flags = { profile: 'local' };
    expect(choose({ profiles: saved, instances: [local], flags })).toMatchObject({ credential: 'kc_local' });
  });

  it('sends a credential to no server but its own', () => {
    const flags = { server: 'https://elsewhere.example.org' };
    expect(choose({ profiles: saved, instances: [local], flags }).credential).toBeUndefined();
    const same = choose({ profiles: saved, flags: { server: 'https://kc.example.org/' } });
    expect(same).toMatchObject({ server: 'https://kc.example.org', credential: 'kc_production' });
  });

  it('lets the environment replace key and project, and a flag the environment', () => {
    const env = {
      KERNELCAST_API_KEY: 'kc_env',
      KERNELCAST_PROJECT: 'audio',
      KERNELCAST_URL: 'https://env.example.org',
    };
    expect(choose({ profiles: saved, env })).toMatchObject({
      server: 'https://env.example.org',
      credential: 'kc_env',
      project: 'audio',
    });
    const flags = { profile: 'staging', project: 'text' };
    expect(choose({ profiles: saved, env, flags })).toMatchObject({
      server: 'https://staging.example.org',
      project: 'text',
    });
  });

  it('takes the platform of this folder when several run, and asks when none is', () => {
    const other = { ...local, server: 'http://127.0.0.1:7400', dataDir: '/tmp/other/.kernelcast' };
    expect(choose({ instances: [other, local] }).server).toBe(local.server);
    expect(() => choose({ instances: [other, local], folder: '/' })).toThrow('2 platforms run on this machine');
  });

  it('says what to do when nothing is known, or the name is wrong', () => {
    expect(() => choose({})).toThrow(expect.objectContaining({ advice: expect.stringContaining('kernelcast up') }));
    expect(() => choose({ profiles: saved, flags: { profile: 'prod' } })).toThrow(
      expect.objectContaining({ exitCode: 2, advice: 'There are: production, staging.' }),
    );
  });
});

describe('parseServer', () => {
  it('takes the address with or without the version of the API', () => {
    expect(parseServer('http://127.0.0.1:7300/v1/')).toBe('http://127.0.0.1:7300');
    expect(parseServer('https://example.org/kernelcast/')).toBe('https://example.org/kernelcast');
  });

  it.each(['127.0.0.1:7300', 'ftp://example.org', 'nonsense', 'https://me:secret@example.org'])(
    'refuses %s',
    (text) => {
      expect(() => parseServer(text)).toThrow(expect.objectContaining({ exitCode: 2 }));
    },
  );
});
