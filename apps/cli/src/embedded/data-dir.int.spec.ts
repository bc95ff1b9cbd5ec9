import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DataDir, DataDirInUseError } from './data-dir.js';

describe('DataDir', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-data-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('makes secrets once, for the owner only, and finds them again', () => {
    const first = new DataDir(root).secrets();
    expect(new DataDir(root).secrets()).toEqual(first);
    expect(first.adminApiKey).toMatch(/^kc_[A-Za-z0-9_-]{43}$/);
    expect(statSync(path.join(root, 'secrets.json')).mode & 0o077).toBe(0);
  });

  it('does not replace secrets it cannot read', () => {
    writeFileSync(path.join(root, 'secrets.json'), '{ broken');
    expect(() => new DataDir(root).secrets()).toThrow('cannot be read');
    expect(readFileSync(path.join(root, 'secrets.json'), 'utf8')).toBe('{ broken');
  });

  it('refuses a folder that a living process holds', () => {
    writeFileSync(path.join(root, 'instance.lock'), String(process.ppid));
    expect(() => new DataDir(root).lock()).toThrow(DataDirInUseError);
  });

  it('takes over the claim of a dead process, and gives its own back', () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(path.join(root, 'instance.lock'), String(dead));
    const dir = new DataDir(root);
    dir.lock();
    expect(readFileSync(path.join(root, 'instance.lock'), 'utf8')).toBe(String(process.pid));
    dir.unlock();
    expect(() => statSync(path.join(root, 'instance.lock'))).toThrow('ENOENT');
  });

  it('remembers ports, and does without when it cannot', () => {
    const dir = new DataDir(root);
    expect(dir.ports()).toEqual({});
    dir.keepPorts({ registry: 7300 });
    expect(new DataDir(root).ports()).toEqual({ registry: 7300 });
    writeFileSync(path.join(root, 'ports.json'), '{"registry":"x"}');
    expect(dir.ports()).toEqual({});
  });
});
