import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir } from '@kernelcast/testing';
import { announceInstance, listInstances, type LocalInstance } from './local-instances.js';
import { checkProfileName, readProfiles, writeProfiles } from './profiles.js';
import { instancesFolder, profilesFile } from './user-folders.js';

const temp = tempDir('cli-connection');
afterAll(() => temp.remove());
const quiet = () => undefined;
const modeOf = (file: string) => statSync(file).mode & 0o777;

describe('saved profiles', () => {
  const file = path.join(temp.path, 'config/kernelcast/config.json');
  const profiles = { current: 'a', profiles: { a: { server: 'https://a.example.org', credential: 'kc_a' } } };

  it('come back as they were saved, for their owner alone, and nothing else is left beside them', () => {
    expect(readProfiles(file, quiet)).toEqual({ profiles: {} });
    writeProfiles(file, profiles);
    writeProfiles(file, profiles);
    expect(readProfiles(file, quiet)).toEqual(profiles);
    expect(modeOf(file)).toBe(0o600);
    expect(modeOf(path.dirname(file))).toBe(0o700);
    expect(readdirSync(path.dirname(file))).toEqual(['config.json']);
  });

  it('warn when others may read them', () => {
    const warnings: string[] = [];
    chmodSync(file, 0o644);
    readProfiles(file, (text) => warnings.push(text));
    expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${file}`)]);
  });

  it('say where a damaged file is', () => {
    writeFileSync(file, '{');
    expect(() => readProfiles(file, quiet)).toThrow(`${file} is not a file of profiles`);
  });

  it('have names that a shell leaves alone', () => {
    expect(checkProfileName('acme.staging-2')).toBe('acme.staging-2');
    for (const name of ['', '-x', 'a b', 'local', '../x']) expect(() => checkProfileName(name)).toThrow();
  });
});

describe('running platforms', () => {
  const folder = path.join(temp.path, 'instances');
  const instance = (pid: number, lock = pid): LocalInstance => {
    const dataDir = path.join(temp.path, `data-${pid}`);
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(path.join(dataDir, 'instance.lock'), String(lock));
    return { pid, server: 'http://127.0.0.1:7300', credential: 'kc_x', dataDir };
  };

  it('are found while they run and hold their folder', () => {
    const running = instance(process.pid);
    const withdraw = announceInstance(folder, running);
    expect(modeOf(path.join(folder, `${process.pid}.json`))).toBe(0o600);
    expect(listInstances(folder)).toEqual([running]);
    withdraw();
    expect(listInstances(folder)).toEqual([]);
  });

  it('are forgotten when they were killed, or their number went to another process', () => {
    announceInstance(folder, instance(2 ** 22 + 1));
    announceInstance(folder, instance(process.pid, 1));
    expect(listInstances(folder)).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('folders of the user', () => {
  it('are those of the XDG specification', () => {
    const home = { HOME: '/home/me' };
    expect(profilesFile(home)).toBe('/home/me/.config/kernelcast/config.json');
    expect(instancesFolder({ ...home, XDG_STATE_HOME: '/state' })).toBe('/state/kernelcast/instances');
    expect(profilesFile({ ...home, XDG_CONFIG_HOME: 'relative' })).toBe('/home/me/.config/kernelcast/config.json');
  });
});
