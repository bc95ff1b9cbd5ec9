import { replayEnvironment, type ReplayPlace } from './replay-environment.js';

const instance = {
  pid: 1,
  server: 'http://x',
  credential: 'kc_',
  dataDir: '/srv/kc',
  databaseUrl: 'postgresql://here',
};
const place = (changes: Partial<ReplayPlace>) =>
  replayEnvironment({ env: {}, fallback: '/home/me/.kernelcast', instances: [], ...changes });

describe('where a replay looks', () => {
  it('is the platform that runs, without a word', () => {
    expect(place({ instances: [instance] })).toEqual({
      DATABASE_URL: 'postgresql://here',
      KERNELCAST_STORE_DIR: '/srv/kc/objects',
      KERNELCAST_CACHE_DIR: '/srv/kc/cache',
    });
  });

  it('is the usual folder when none runs, or several do elsewhere', () => {
    const usual = {
      KERNELCAST_STORE_DIR: '/home/me/.kernelcast/objects',
      KERNELCAST_CACHE_DIR: '/home/me/.kernelcast/cache',
    };
    expect(place({})).toEqual(usual);
    expect(place({ instances: [instance, { ...instance, dataDir: '/srv/other' }] })).toEqual(usual);
  });

  it('is never the database of another folder than the one that was named', () => {
    expect(place({ dataDir: '/backup', instances: [instance] })).not.toHaveProperty('DATABASE_URL');
    expect(place({ dataDir: '/srv/kc', instances: [instance] })).toHaveProperty('DATABASE_URL', 'postgresql://here');
  });

  it('leaves alone what the environment says', () => {
    const env = { DATABASE_URL: 'postgresql://there', KERNELCAST_STORE_DIR: '/objects', OTHER: '1' };
    expect(place({ env, instances: [instance] })).toMatchObject({ ...env, KERNELCAST_CACHE_DIR: '/srv/kc/cache' });
  });
});
