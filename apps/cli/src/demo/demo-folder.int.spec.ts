import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepareDemoFolder } from './demo-folder.js';

describe('prepareDemoFolder', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-demo-'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('empties what an earlier run left', () => {
    prepareDemoFolder(root);
    writeFileSync(path.join(root, 'old'), 'x');
    prepareDemoFolder(root);
    expect(readdirSync(root)).not.toContain('old');
  });

  it('never touches a folder with files of somebody else', () => {
    writeFileSync(path.join(root, 'thesis.tex'), 'x');
    expect(() => prepareDemoFolder(root)).toThrow('holds other files');
    expect(readdirSync(root)).toEqual(['thesis.tex']);
  });

  it('never empties the folder of a running demonstration', () => {
    prepareDemoFolder(root);
    writeFileSync(path.join(root, 'instance.lock'), String(process.ppid));
    expect(() => prepareDemoFolder(root)).toThrow('in use');
  });
});
